import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { blasKernels } from '../../scripts/prebuilds/blas-kernels.mjs'
import { listsVersion, mirrorAmong } from '../../scripts/prebuilds/debian-source.mjs'
import { sameText } from '../../scripts/prebuilds/licences.mjs'
import { lookupRowOf } from '../../scripts/prebuilds/lookup.mjs'
import {
  changed,
  isLeftOut,
  isListOfOtherNumbers,
  isListOfPrimitive,
  onednnOptions,
  someOf,
  withEmptyList,
  withFloat32Alone,
  withoutDirectCopy,
} from '../../scripts/prebuilds/onednn.mjs'
import { openblasOptions } from '../../scripts/prebuilds/openblas.mjs'
import { pinned } from '../../scripts/prebuilds/pinned.mjs'
import { publishedPlatforms } from '../../scripts/prebuilds/platforms.mjs'
import { checkDigest, sourceOf } from '../../scripts/prebuilds/source.mjs'
import { whenAllEnd } from '../../scripts/prebuilds/when-all-end.mjs'
import { tableOf } from '../../scripts/table.mjs'
import { projectRoot } from '../helpers/run-node.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('the libraries inside', () => {
  it('have locks and no threads, on every platform', () => {
    for (const platform of publishedPlatforms) {
      expect(openblasOptions(platform)).toEqual(expect.arrayContaining(['USE_THREAD=0', 'USE_LOCKING=1']))
      expect(onednnOptions(platform)).toContain('ONEDNN_CPU_RUNTIME=SEQ')
    }
    expect(openblasOptions({ platform: 'linux', arch: 'x64' })).toContain(
      'DYNAMIC_LIST=NEHALEM HASWELL SKYLAKEX',
    )
    expect(openblasOptions({ platform: 'darwin', arch: 'arm64' }).join()).not.toContain('DYNAMIC_ARCH')
    expect(onednnOptions({ platform: 'linux', arch: 'arm64' }).join()).not.toContain('CPU_ISA')
  })

  it('are pinned by digest, and anything else is refused', () => {
    for (const { release, version } of Object.values(pinned)) {
      expect(release.sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(release.url).toContain(version)
      expect(() => checkDigest(Buffer.from('something else'), release)).toThrow(/Expected .* SHA-256/)
    }
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    expect(() => checkDigest(Buffer.alloc(0), { url: 'x', sha256: empty })).not.toThrow()
  })

  it('are tried with the kernels that this processor can run', () => {
    const haswell = 'pni ssse3 sse4_1 sse4_2 popcnt avx avx2 fma bmi1 bmi2'
    const cpuinfo = (flags: string) => `processor\t: 0\nflags\t\t: fpu sse2 ${flags}\nbugs\t\t: pni avx512f\n`
    expect(blasKernels(cpuinfo(haswell))).toEqual({
      runnable: ['Prescott', 'Nehalem', 'Haswell'],
      leftOut: ['SkylakeX'],
    })
    const skylake = `${haswell} avx512f avx512dq avx512cd avx512bw avx512vl`
    expect(blasKernels(cpuinfo(skylake)).leftOut).toEqual([])
    expect(blasKernels(cpuinfo('pni')).runnable).toEqual(['Prescott'])
    expect(blasKernels('').runnable).toEqual([])
  })

  it('are built again from a folder that somebody names, for what is in it may have changed', async () => {
    const folder = temporaryFolder()
    vi.stubEnv(pinned.openblas.variable, folder)
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(sourceOf('openblas', pinned.openblas)).rejects.toThrow(
      /to name the unpacked source of OpenBLAS/,
    )
    writeFileSync(join(folder, 'LICENSE'), '')
    const [first, second] = [
      await sourceOf('openblas', pinned.openblas),
      await sourceOf('openblas', pinned.openblas),
    ]
    expect(first).toMatchObject({ folder, origin: pinned.openblas.variable })
    expect(second.identity).not.toBe(first.identity)
  })

  it('are both at their end when the build of one has failed', async () => {
    let ended = false
    const other = new Promise<void>((resolve) =>
      setImmediate(() => {
        ended = true
        resolve()
      }),
    )
    await expect(whenAllEnd([Promise.reject(new Error('first')), other])).rejects.toThrow('first')
    expect(ended).toBe(true)
    await expect(whenAllEnd([Promise.resolve(1), 2])).resolves.toEqual([1, 2])
  })

  it('leave out what no layered network has', () => {
    for (const file of [
      'cpu/x64/rnn/rnn_brgemm_utils.cpp',
      'cpu/ref_softmax.cpp',
      'cpu/x64/jit_uni_eltwise.cpp',
    ])
      expect(isLeftOut(file)).toBe(true)
    for (const file of [
      'cpu/cpu_softmax_list.cpp',
      'cpu/x64/injectors/jit_uni_eltwise_injector.cpp',
      'cpu/x64/matmul/brgemm_matmul_copy_utils.cpp',
      'cpu/x64/jit_uni_deconv_zp_pad_str_kernel.cpp',
      'cpu/aarch64/jit_uni_eltwise.cpp',
      'cpu/ref_convolution.cpp',
      'cpu/x64/rnn/rnn_brgemm_utils.hpp',
      'common/softmax.cpp',
    ])
      expect(isLeftOut(file)).toBe(false)
  })
})

describe('reorders of oneDNN', () => {
  it('are those of float32', () => {
    for (const file of ['cpu_reorder_regular_bf16.cpp', 'cpu_reorder_comp_f32_s8.cpp'])
      expect(isListOfOtherNumbers(`cpu/reorder/${file}`)).toBe(true)
    for (const file of ['cpu_reorder_regular_f32_f32.cpp', 'cpu_reorder.cpp'])
      expect(isListOfOtherNumbers(`cpu/reorder/${file}`)).toBe(false)
    expect(withEmptyList('#include "a"\nnamespace dnnl {\nnamespace dnnl {')).toBe(
      '#include "a"\n#undef REG_REORDER_P\n#define REG_REORDER_P(...) {}\nnamespace dnnl {\nnamespace dnnl {',
    )
  })
})

describe('lists of what oneDNN can do', () => {
  it('are those of the three primitives', () => {
    for (const name of ['convolution', 'inner_product', 'pooling'])
      expect(isListOfPrimitive(`cpu/cpu_${name}_list.cpp`)).toBe(true)
    for (const file of ['cpu_deconvolution_list.cpp', 'cpu_softmax_list.cpp', 'ref_convolution.cpp'])
      expect(isListOfPrimitive(`cpu/${file}`)).toBe(false)
  })

  it('keep float32', () => {
    const kept = [
      '        {{forward, f32, f32, f32}, {',
      '            CPU_INSTANCE_AVX512(brgemm_convolution_fwd_t<avx512_core>)',
      '            CPU_INSTANCE(gemm_inner_product_fwd_t<f32>)',
      '            nullptr,',
      '        }},',
      '        {{backward_data, f32, f32, f32}, REG_BWD_PK({',
      '            nullptr,',
      '        })},',
      '        {{backward}, REG_BWD_PK({',
      '            CPU_INSTANCE(ref_pooling_bwd_t)',
      '        })},',
      '',
    ].join('\n')
    expect(withFloat32Alone(kept)).toBe(kept)
  })

  it('lose other numbers', () => {
    const lost = [
      '        {{forward, bf16, bf16, f32}, {',
      '            CPU_INSTANCE(ref_convolution_fwd_t)',
      '        }},',
      '        {{backward_weights, f32, s8, u8}, REG_BWD_PK({',
      '            nullptr,',
      '        })},',
      '        BRGEMM_FP8_FWD_CONVS(f8_e5m2, f8_e5m2, f16),',
      '            CPU_INSTANCE(nchw_pooling_fwd_t<bf16>)',
      '            CPU_INSTANCE(ref_pooling_fwd_t<u8, s32>)',
      '            CPU_INSTANCE_X64(jit_uni_i8i8_pooling_fwd_t<sse41>)',
      '',
    ].join('\n')
    expect(withFloat32Alone(lost)).toBe('')
  })

  it('lose the copy that needs SSE4.1 without asking', () => {
    const uni = '  DNNL_X64_ONLY(CPU_REORDER_INSTANCE(x64::jit_uni_reorder_t))\n'
    const direct = '  DNNL_X64_ONLY(CPU_REORDER_INSTANCE(x64::jit_uni_reorder_direct_copy_t))\n'
    expect(withoutDirectCopy(direct + uni + direct)).toBe(uni)
  })

  it('are not built when what is to be left out is not found', () => {
    expect(changed('namespace dnnl {', withEmptyList, 'list.cpp')).toContain('#undef')
    expect(() => changed('namespace other {', withEmptyList, 'list.cpp')).toThrow(
      'Expected withEmptyList to change list.cpp of oneDNN, got the same text.',
    )
    expect(someOf(['cpu/cpu_pooling_list.cpp', 'cpu/other.cpp'], isListOfPrimitive)).toHaveLength(1)
    expect(() => someOf(['cpu/other.cpp'], isListOfPrimitive)).toThrow(/files of isListOfPrimitive, got none/)
  })
})

describe("Debian's archive", () => {
  it('is found among what apt fetches', () => {
    const lines = [
      'Other|http://other.example/|bookworm',
      'Debian|http://mirror.example/debian-security/|bookworm-security',
      'Debian|http://mirror.example/debian/|bookworm',
    ]
    expect(mirrorAmong(lines.join('\n'))).toBe('http://mirror.example/debian/')
    expect(mirrorAmong('')).toBeUndefined()
  })

  it('is asked for the pinned version, of which it may have another', () => {
    const text = 'Package: openblas\nBinary: libopenblas0\nVersion: 0.3.29+ds-3\nPriority: optional\n'
    expect(listsVersion(text, '0.3.29+ds-3')).toBe(true)
    expect(listsVersion(text, '0.3.29+ds-2')).toBe(false)
    expect(listsVersion(text, '0.3.29+ds')).toBe(false)
    expect(listsVersion('', '0.3.29+ds-3')).toBe(false)
  })
})

describe('licences', () => {
  it('say that oneDNN is changed, and by what', () => {
    const text = readFileSync(join(projectRoot, 'licenses', 'README.md'), 'utf8')
    expect(text).toMatch(/oneDNN is changed .*`scripts\/prebuilds\/onednn\.mjs`/)
  })

  it('are the same text whatever ends their lines', () => {
    expect(sameText('one  \r\ntwo\n\n', 'one\ntwo')).toBe(true)
    expect(sameText('one\ntwo', 'one\nthree')).toBe(false)
  })
})

describe('the addons that the package finds', () => {
  const addons = { core: 'prebuilds/x/core.node', layered: 'prebuilds/x/layered/layered.node' }
  const found = {
    core: { kind: 'prebuild', path: '/p/prebuilds/x/core.node' },
    layered: { kind: 'prebuild', path: '/p/prebuilds/x/layered/layered.node' },
  }

  it('are both prebuilds, and those of this platform', () => {
    expect(lookupRowOf(found, addons, '/p', '')).toMatchObject({ measured: 'both prebuilds', passed: true })
    for (const layered of [
      { kind: 'local build', path: found.layered.path },
      { kind: 'prebuild', path: '/p/prebuilds/y/layered/layered.node' },
      undefined,
    ])
      expect(lookupRowOf({ ...found, layered }, addons, '/p', '').passed).toBe(false)
    expect(lookupRowOf({}, addons, '/p', 'No native build\n')).toMatchObject({ measured: 'No native build' })
  })
})

describe('the table of checks', () => {
  it('aligns its columns', () => {
    const rows = [
      { check: 'size', measured: '1 MB', limit: '≤ 2 MB', passed: true },
      { check: 'libraries', measured: 'libgomp.so.1', passed: false },
    ]
    expect(tableOf(rows).split('\n')).toEqual([
      '| check     | measured     | limit  |        |',
      '|-----------|--------------|--------|--------|',
      '| size      | 1 MB         | ≤ 2 MB | ok     |',
      '| libraries | libgomp.so.1 |        | FAILED |',
    ])
    expect(tableOf([]).split('\n')).toHaveLength(2)
  })
})
