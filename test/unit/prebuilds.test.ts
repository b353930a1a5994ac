import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { isBeyondBaseline } from '../../scripts/prebuilds/baseline.mjs'
import { blasKernels } from '../../scripts/prebuilds/blas-kernels.mjs'
import { listsVersion, mirrorAmong } from '../../scripts/prebuilds/debian-source.mjs'
import { emulatedRow } from '../../scripts/prebuilds/emulated.mjs'
import {
  hasRunPath,
  isNewer,
  macLibraries,
  neededLibraries,
  newestVersion,
  staysLoaded,
  symbolNames,
  wantsExecutableStack,
} from '../../scripts/prebuilds/inspect.mjs'
import { baselineRow, membersBeyondBaseline } from '../../scripts/prebuilds/instructions.mjs'
import { licences, sameText } from '../../scripts/prebuilds/licences.mjs'
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
import { addonFiles, nameOf, publishedPlatforms } from '../../scripts/prebuilds/platforms.mjs'
import { obstacles } from '../../scripts/prebuilds/published.mjs'
import { commitOf, recordFile, writeRecord } from '../../scripts/prebuilds/record.mjs'
import { checkDigest, sourceOf } from '../../scripts/prebuilds/source.mjs'
import { tableOf } from '../../scripts/prebuilds/table.mjs'
import { whenAllEnd } from '../../scripts/prebuilds/when-all-end.mjs'
import { projectRoot } from '../helpers/run-node.js'
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
    ['lzcnt %eax,%eax', true],
    ['movbe %eax,(%rdx)', true],
    ['cmpxchg16b (%rdi)', true],
    ['lock cmpxchg16b (%rdi)', true],
    ['bzhi %eax,%ecx,%edx', true],
    ['adcx %rax,%rcx', true],
    ['sha256rnds2 %xmm0,%xmm1,%xmm2', true],
    ['gf2p8mulb %xmm1,%xmm2', true],
    ['rdrand %rax', true],
    ['rdseed %eax', true],
    ['kmovw %k1,%eax', true],
    ['kortestb %k1,%k1', true],
    ['rex.W popcnt %rax,%rax', true],
    ['rex.WRXB shlx %rax,%rcx,%rdx', true],
    ['{vex} vpdpbusd %xmm1,%xmm2,%xmm3', true],
    ['{evex} vpdpbusd %xmm1,%xmm2,%xmm3', true],
    ['vstmxcsr 0x8(%rsp)', true],
    ['repz popcnt %eax,%eax', true],
    ['pextrw $0x1,%xmm0,0x8(%rax)', true],
    ['xsavec 0x40(%rsp)', true],
    ['extrq %xmm1,%xmm2', true],
    ['addps %xmm1,%xmm2', false],
    ['pextrw $0x1,%xmm0,%eax', false],
    ['tzcnt %eax,%eax', false],
    ['rex.W call 12', false],
    ['rex.W', false],
    ['cs nopw 0x0(%rax,%rax,1)', false],
    ['cmpxchg8b (%rdi)', false],
    ['prefetchw (%rax)', false],
    ['xgetbv', false],
    ['vmcall', false],
    ['pavgb %xmm1,%xmm2', false],
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

  it('must be about the whole file', async () => {
    const file = join(temporaryFolder(), 'library.a')
    await expect(membersBeyondBaseline(file)).rejects.toThrow(
      /^Expected objdump to disassemble .*library\.a, got /,
    )
    writeFileSync(file, 'not an archive')
    await expect(membersBeyondBaseline(file)).rejects.toThrow(/^Expected objdump to disassemble/)
  })

  it('must tell of every set of kernels that is chosen at run time', () => {
    const kernels = ['PRESCOTT', 'NEHALEM', 'HASWELL', 'SKYLAKEX'].map((name) => `sgemm_kernel_${name}.o`)
    expect(baselineRow(kernels)).toMatchObject({ measured: 'none; 4 are chosen', passed: true })
    expect(baselineRow([...kernels, 'cblas_sgemm.o'])).toMatchObject({
      measured: 'cblas_sgemm.o',
      passed: false,
    })
    expect(baselineRow(kernels.slice(1))).toMatchObject({
      measured: 'nothing found in objects that must have some: _PRESCOTT.o',
      passed: false,
    })
    expect(baselineRow([]).passed).toBe(false)
  })

  it('may go without an emulator where none is asked for', () => {
    vi.stubEnv('PATH', temporaryFolder())
    onTestFinished(() => void vi.unstubAllEnvs())
    const addons = addonFiles({ platform: 'linux', arch: 'x64', libc: 'glibc' })
    expect(emulatedRow(addons, { required: false })).toMatchObject({ passed: true })
    expect(emulatedRow(addons, { required: true })).toMatchObject({ passed: false })
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

describe('publishing', () => {
  const commit = 'c'.repeat(40)
  const facts = { commit, distIsCurrent: true, packedBytes: 24e6 }
  const addons = publishedPlatforms.flatMap((platform) => Object.values(addonFiles(platform)))
  const [core = ''] = addons

  function write(folder: string, file: string, content = file) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }

  function completeFolder(): string {
    const folder = temporaryFolder()
    for (const file of [...addons, ...licences.map(({ file }) => file)]) write(folder, file)
    for (const platform of publishedPlatforms) writeRecord(folder, platform, commit)
    return folder
  }

  it('wants both addons of every platform, their record, and the licences', () => {
    expect(new Set(addons).size).toBe(10)
    const wanted = publishedPlatforms.flatMap((platform) => [
      ...Object.values(addonFiles(platform)),
      recordFile(platform),
    ])
    expect(obstacles(temporaryFolder(), facts)).toEqual(
      [...wanted, ...licences.map(({ file }) => file)].map((file) => `Expected ${file}, got none.`),
    )
    expect(obstacles(completeFolder(), facts)).toEqual([])
  })

  it('wants nothing else among them, whatever it is called', () => {
    const folder = completeFolder()
    const others = ['prebuilds/linux-x64/robust_features.node', 'prebuilds/linux-x64/secret.so']
    for (const file of others) write(folder, file)
    expect(obstacles(folder, facts).toSorted()).toEqual(
      others.map((file) => `Expected nothing else in prebuilds, got ${file}.`),
    )
  })

  it('wants the files that were checked, of this commit', () => {
    const folder = completeFolder()
    write(folder, core, '')
    expect(obstacles(folder, facts)).toEqual([
      `Expected ${core} to be the file that prebuilds/linux-x64-glibc.json names, got another.`,
    ])
    write(folder, core)
    const other = obstacles(folder, { ...facts, commit: 'd'.repeat(40) })
    expect(other).toHaveLength(5)
    expect(other[4]).toBe(
      `Expected prebuilds/darwin-arm64.json to be of commit ${'d'.repeat(40)}, got ${commit}.`,
    )
    // Outside a repository nothing is known to be of a commit.
    expect(obstacles(folder, { ...facts, commit: undefined })).toHaveLength(5)
    for (const text of ['not JSON', 'null', '{}']) {
      write(folder, 'prebuilds/linux-x64-glibc.json', text)
      expect(obstacles(folder, facts)).toHaveLength(3)
    }
  })

  it('wants JavaScript of these sources, and small files', () => {
    const folder = completeFolder()
    expect(obstacles(folder, { ...facts, distIsCurrent: false })).toEqual([
      'Expected dist to be compiled from src, got none or an older one.',
    ])
    expect(obstacles(folder, { ...facts, packedBytes: 25e6 + 1 })).toEqual([
      'Expected a package of at most 25000000 bytes, got 25000001.',
    ])
  })

  it('knows a commit from files that differ from it', () => {
    const folder = temporaryFolder()
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder })
    git('init', '--quiet')
    write(folder, 'file')
    git('add', 'file')
    git('commit', '--quiet', '--message', 'one')
    // A tag that is nearer than the commit's name does not replace it.
    git('tag', '--annotate', '--message', 'one', 'v1')
    const commit = commitOf(folder)
    expect(commit).toMatch(/^[0-9a-f]{40}$/)
    write(folder, 'file', 'changed')
    expect(commitOf(folder)).toBe(`${commit}-dirty`)
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

describe('the workflow', () => {
  const workflow = readFileSync(join(projectRoot, '.github', 'workflows', 'prebuilds.yml'), 'utf8')

  it('builds with no Node older than what the package asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))
    const versions = [...workflow.matchAll(/\bnode:([0-9.]+)-/g)].map(([, version = '']) => version)
    expect(versions).not.toEqual([])
    for (const version of versions) expect(isNewer(engines.node.replace('>=', ''), version)).toBe(false)
  })
})

describe('workflows', () => {
  it('take actions of one commit, and images of one version', () => {
    const folder = join(projectRoot, '.github', 'workflows')
    const text = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n')
    const actions = [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action)
    expect(actions).not.toEqual([])
    for (const action of actions) expect(action).toMatch(/^[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    const images = [...text.matchAll(/(?:quay\.io\/pypa\/|\bnode:)\S+/g)].map(([image]) => image)
    expect(images).toHaveLength(3)
    for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+-/)
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
      { check: 'size', measured: '1 MB', limit: '2 MB', passed: true },
      { check: 'libraries', measured: 'libgomp.so.1', passed: false },
    ]
    expect(tableOf(rows)).toBe('ok      size       1 MB (at most 2 MB)\nFAILED  libraries  libgomp.so.1')
    expect(tableOf([])).toBe('')
  })
})
