import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { outputOf, SetupError } from '../setup/command.mjs'
import { inProject } from '../setup/paths.mjs'
import { isBeyondBaseline } from './baseline.mjs'
import { kernelsOfX64 } from './blas-kernels.mjs'
import { emulatedRow } from './emulated.mjs'
import { filesBelow } from './files-below.mjs'

/** Ends of the names of OpenBLAS's objects with kernels for one processor, which it chooses when it is loaded. */
const chosenAtRunTime = kernelsOfX64.map((kernel) => `_${kernel.toUpperCase()}.o`)
const ownKernels = 'robust_features_kernels_avx2.dir'

/**
 * Rows on the instructions that an x86-64 processor of the baseline would meet: none beyond it outside the objects that
 * are chosen at run time, in both libraries and in the addons' own sources; and doctor's self-test on such a processor,
 * where an emulator is there.
 */
export async function instructionChecks({ openblas, onednn }, files) {
  const objects = filesBelow(inProject('build', 'prebuild', 'addons')).filter((path) => path.endsWith('.o'))
  const chosen = objects.filter((path) => path.includes(ownKernels))
  const own = objects.filter((path) => !chosen.includes(path))
  const beyond = []
  for (const path of [join(openblas.root, 'lib/libopenblas.a'), join(onednn.root, 'lib/libdnnl.a'), ...own])
    beyond.push(...(await membersBeyondBaseline(path)))
  // A function that the linker may merge with another object's would carry AVX2 to where it is not chosen.
  const merged = chosen.flatMap(mergeableFunctions)
  return [
    baselineRow(beyond),
    {
      check: 'functions of the AVX2 kernels that others could be given',
      measured: merged.length === 0 ? 'none' : merged.join(' '),
      passed: chosen.length > 0 && merged.length === 0,
    },
    emulatedRow(files, { required: false }),
  ]
}

/** From the names of the objects that hold instructions beyond the baseline. */
export function baselineRow(beyond) {
  const stray = beyond.filter((name) => !chosenAtRunTime.some((ending) => name.endsWith(ending)))
  // A check that finds none where there must be some has not looked.
  const unseen = chosenAtRunTime.filter((ending) => !beyond.some((name) => name.endsWith(ending)))
  const findings = [
    ...(stray.length > 0 ? [stray.join(' ')] : []),
    ...(unseen.length > 0 ? [`nothing found in objects that must have some: ${unseen.join(' ')}`] : []),
  ]
  return {
    check: 'objects beyond the baseline that are not chosen at run time',
    measured: findings.length === 0 ? `none; ${beyond.length} are chosen` : findings.join('; '),
    passed: findings.length === 0,
  }
}

function mergeableFunctions(path) {
  const symbols = outputOf('nm', ['--defined-only', '--extern-only', path])
  if (symbols === undefined) throw new SetupError(`Expected nm to read ${path}.`)
  return symbols
    .split('\n')
    .filter((line) => /^[0-9a-f]+ [TWVi] /.test(line))
    .map((line) => line.split(' ')[2])
}

/**
 * The members of an archive, or the object, that hold such an instruction.
 *
 * @throws SetupError unless objdump has read all of it
 */
export async function membersBeyondBaseline(path) {
  const objdump = spawn('objdump', ['--disassemble', '--no-show-raw-insn', path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ending = new Promise((resolve) => {
    objdump.on('error', ({ message }) => resolve(message))
    objdump.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  const found = new Set()
  let member = path
  for await (const line of createInterface({ input: objdump.stdout })) {
    const name = line.match(/^(\S+):\s+file format/)?.[1]
    if (name !== undefined) member = name
    else if (!found.has(member) && isBeyondBaseline(line)) found.add(member)
  }
  const how = await ending
  if (how !== 'exit code 0') throw new SetupError(`Expected objdump to disassemble ${path}, got ${how}.`)
  return [...found]
}
