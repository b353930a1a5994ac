import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mirrorAmong } from '../../scripts/prebuilds/debian-source.mjs'
import {
  hasRunPath,
  isBeyondBaseline,
  isNewer,
  macLibraries,
  neededLibraries,
  newestVersion,
  staysLoaded,
  symbolNames,
  wantsExecutableStack,
} from '../../scripts/prebuilds/inspect.mjs'
import { licences, sameText } from '../../scripts/prebuilds/licences.mjs'
import {
  isLeftOut,
  isListOfOtherNumbers,
  isListOfPrimitive,
  onednnOptions,
  withEmptyList,
  withFloat32Alone,
  withoutDirectCopy,
} from '../../scripts/prebuilds/onednn.mjs'
import { openblasOptions } from '../../scripts/prebuilds/openblas.mjs'
import { pinned } from '../../scripts/prebuilds/pinned.mjs'
import { addonFiles, nameOf, publishedPlatforms } from '../../scripts/prebuilds/platforms.mjs'
import { obstacles } from '../../scripts/prebuilds/published.mjs'
import { checkDigest } from '../../scripts/prebuilds/source.mjs'
import { tableOf } from '../../scripts/table.mjs'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('what binutils print about an addon', () => {
  const dynamic = [
    'Dynamic section at offset 0x11 contains 26 entries:',
    ' 0x0000000000000001 (NEEDED)             Shared library: [libm.so.6]',
    ' 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]',
    ' 0x000000006ffffffb (FLAGS_1)            Flags: NODELETE',
  ].join('\n')

  it('names the libraries it needs', () => {
    expect(neededLibraries(dynamic)).toEqual(['libm.so.6', 'libc.so.6'])
    expect(neededLibraries('There is no dynamic section in this file.')).toEqual([])
    expect(
      macLibraries(
        'a.node:\n\t/usr/lib/libc++.1.dylib (compatibility version 1.0.0)\n\t/usr/lib/libSystem.B.dylib (x)\n',
      ),
    ).toEqual(['/usr/lib/libc++.1.dylib', '/usr/lib/libSystem.B.dylib'])
  })

  it('tells of a run path and of staying loaded', () => {
    expect(hasRunPath(dynamic)).toBe(false)
    expect(hasRunPath(`${dynamic}\n 0x1d (RUNPATH)  Library runpath: [/home]`)).toBe(true)
    expect(staysLoaded(dynamic)).toBe(true)
    expect(staysLoaded(dynamic.replace('NODELETE', 'NOW'))).toBe(false)
  })

  it('tells of an executable stack', () => {
    const line = (flags: string) => `  GNU_STACK      0x000000 0x0000 0x0000 0x000000 0x000000 ${flags} 0x10`
    expect(wantsExecutableStack(line('RW '))).toBe(false)
    expect(wantsExecutableStack(line('RWE'))).toBe(true)
  })

  it('has versions, of which the newest is not the last in the alphabet', () => {
    const symbols = ['memcpy', 'log', 'exp'].map(
      (name, i) => `0 DF *UND* 0 (GLIBC_2.${[14, 9, 29][i]}) ${name}`,
    )
    expect(newestVersion(symbols.join('\n'), 'GLIBC')).toBe('2.29')
    expect(newestVersion(symbols.join('\n'), 'GLIBCXX')).toBeUndefined()
    expect(isNewer('2.34', '2.28')).toBe(true)
    expect(isNewer('2.28', '2.28')).toBe(false)
    expect(isNewer('2.2.5', '2.28')).toBe(false)
    expect(isNewer('3', '2.28')).toBe(true)
    expect(isNewer('2.28.1', '2.28')).toBe(true)
  })

  it('names the symbols others can see', () => {
    const names = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']
    expect(symbolNames(names.map((name) => `0000000000012340 T ${name}`).join('\n'))).toEqual(names)
    expect(symbolNames(names.map((name) => `0000000000012340 T _${name}`).join('\n'))).toEqual(names)
  })

  it.each([
    ['vaddps %ymm1,%ymm2,%ymm3', true],
    ['vmovaps %xmm1,0x10(%rax)', true],
    ['vzeroupper', true],
    ['vfmadd231ps %zmm0,%zmm1,%zmm2', true],
    ['pshufb %xmm1,%xmm2', true],
    ['pmulld %xmm1,%xmm2', true],
    ['roundsd $0x9,%xmm0,%xmm0', true],
    ['haddps %xmm0,%xmm0', true],
    ['mulx %rax,%rcx,%rdx', true],
    ['popcnt %rax,%rax', true],
    ['addps %xmm1,%xmm2', false],
    ['mov %rax,%rbx', false],
    ['movsd %xmm0,(%rax)', false],
    ['lock cmpxchg %ecx,(%rdx)', false],
    ['verr %ax', false],
    ['pshufd $0x0,%xmm0,%xmm0', false],
    ['shl %cl,%eax', false],
  ])('%s is beyond the baseline: %s', (instruction, beyond) => {
    const [name = '', ...operands] = instruction.split(' ')
    expect(isBeyondBaseline(`  4011f6:\t${name.padEnd(6)} ${operands.join(' ')}`)).toBe(beyond)
  })

  it('has lines that are no instructions', () => {
    for (const line of [
      '',
      '0000000000000000 <vaddps>:',
      'sgemm_kernel_HASWELL.o:     file format elf64-x86-64',
    ])
      expect(isBeyondBaseline(line)).toBe(false)
  })
})

describe('the libraries inside', () => {
  it('have locks and no threads, on every platform', () => {
    for (const platform of publishedPlatforms) {
      expect(openblasOptions(platform)).toEqual(expect.arrayContaining(['USE_THREAD=0', 'USE_LOCKING=1']))
      expect(onednnOptions(platform)).toContain('ONEDNN_CPU_RUNTIME=SEQ')
    }
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
})

describe('licences', () => {
  it('are the same text whatever ends their lines', () => {
    expect(sameText('one  \r\ntwo\n\n', 'one\ntwo')).toBe(true)
    expect(sameText('one\ntwo', 'one\nthree')).toBe(false)
  })
})

describe('publishing', () => {
  it('wants both addons of every platform and the licences, and nothing else', () => {
    const folder = temporaryFolder()
    const write = (file: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), '')
    }
    const addons = publishedPlatforms.flatMap((platform) => Object.values(addonFiles(platform)))
    const wanted = [...addons, ...licences.map(({ file }) => file)]
    expect(addons).toHaveLength(10)
    expect(new Set(addons).size).toBe(10)
    expect(obstacles(folder)).toEqual(wanted.map((file) => `Expected ${file}, got none.`))
    for (const file of wanted) write(file)
    expect(obstacles(folder)).toEqual([])
    write('prebuilds/linux-x64/robust_features.node')
    expect(obstacles(folder)).toEqual([
      'Expected nothing else in prebuilds, got prebuilds/linux-x64/robust_features.node.',
    ])
  })

  it('names platforms as node-gyp-build finds their folders', () => {
    expect(publishedPlatforms.map(nameOf)).toEqual([
      'linux-x64-glibc',
      'linux-x64-musl',
      'linux-arm64-glibc',
      'linux-arm64-musl',
      'darwin-arm64',
    ])
    expect(addonFiles({ platform: 'linux', arch: 'x64', libc: 'musl' })).toEqual({
      core: 'prebuilds/linux-x64/robust_features.musl.node',
      layered: 'prebuilds/linux-x64/layered/robust_features_layered.musl.node',
    })
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
