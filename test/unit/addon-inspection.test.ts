import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { isBeyondBaseline } from '../../scripts/prebuilds/baseline.mjs'
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
import { addonFiles } from '../../scripts/prebuilds/platforms.mjs'
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
