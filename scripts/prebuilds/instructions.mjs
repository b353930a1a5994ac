import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { outputOf, SetupError } from '../setup/command.mjs'
import { inProject } from '../setup/paths.mjs'
import { isBeyondBaseline } from './inspect.mjs'
import { runDoctor } from './run-doctor.mjs'

/** OpenBLAS's kernels for one processor, which it chooses when it is loaded. */
const chosenAtRunTime = /_(PRESCOTT|NEHALEM|HASWELL|SKYLAKEX)\.o$/
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
  const stray = beyond.filter((name) => !chosenAtRunTime.test(name))
  // A function that the linker may merge with another object's would carry AVX2 to where it is not chosen.
  const merged = chosen.flatMap(mergeableFunctions)
  return [
    {
      check: 'objects beyond the baseline that are not chosen at run time',
      measured: stray.length === 0 ? `none; ${beyond.length} are chosen` : stray.join(' '),
      passed: stray.length === 0,
    },
    {
      check: 'functions of the AVX2 kernels that others could be given',
      measured: merged.length === 0 ? 'none' : merged.join(' '),
      passed: chosen.length > 0 && merged.length === 0,
    },
    emulatedRow(files),
  ]
}

function emulatedRow(files) {
  const check = "doctor's self-test on an emulated processor with SSE3 and nothing newer"
  if (outputOf('qemu-x86_64', ['--version']) === undefined)
    return { check, measured: 'skipped: there is no qemu-x86_64 (Debian: qemu-user)', passed: true }
  const { status, stdout, stderr } = runDoctor(files, ['qemu-x86_64', '-cpu', 'qemu64'])
  if (status !== 0) return { check, measured: stderr.trim() || `status ${status}`, passed: false }
  const { instructionSet, blas, layered } = JSON.parse(stdout)
  const measured = `passed; ${instructionSet}, OpenBLAS ${blas.kernel}, oneDNN ${layered.onednn?.instructionSet}`
  return { check, measured, passed: layered.onednn !== undefined }
}

function mergeableFunctions(path) {
  const symbols = outputOf('nm', ['--defined-only', '--extern-only', path])
  if (symbols === undefined) throw new SetupError(`Expected nm to read ${path}.`)
  return symbols
    .split('\n')
    .filter((line) => /^[0-9a-f]+ [TWVi] /.test(line))
    .map((line) => line.split(' ')[2])
}

/** The members of an archive, or the object, that hold such an instruction. */
async function membersBeyondBaseline(path) {
  const objdump = spawn('objdump', ['--disassemble', '--no-show-raw-insn', path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const found = new Set()
  let member = path
  for await (const line of createInterface({ input: objdump.stdout })) {
    const name = line.match(/^(\S+):\s+file format/)?.[1]
    if (name !== undefined) member = name
    else if (!found.has(member) && isBeyondBaseline(line)) found.add(member)
  }
  return [...found]
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
