// `node scripts/prebuilds/emulated.mjs` checks the addons of Linux x64 (glibc) in prebuilds/, and fails without an emulator.
import { fileURLToPath } from 'node:url'
import { outputOf } from '../setup/command.mjs'
import { tableOf } from '../table.mjs'
import { addonFiles } from './platforms.mjs'
import { runDoctor } from './run-doctor.mjs'

const emulator = 'qemu-x86_64'

/**
 * Doctor's self-test on a processor that has SSE3 and nothing newer.
 *
 * @param required whether it is a failure to have no emulator
 */
export function emulatedRow(addons, { required }) {
  const check = "doctor's self-test on an emulated processor with SSE3 and nothing newer"
  if (outputOf(emulator, ['--version']) === undefined)
    return { check, measured: `skipped: there is no ${emulator} (Debian: qemu-user)`, passed: !required }
  const { status, stdout, stderr } = runDoctor({ addons, emulator: [emulator, '-cpu', 'qemu64'] })
  if (status !== 0) return { check, measured: stderr.trim() || `status ${status}`, passed: false }
  const { instructionSet, blas, layered } = JSON.parse(stdout)
  const measured = `passed; ${instructionSet}, OpenBLAS ${blas.kernel}, oneDNN ${layered.onednn?.instructionSet}`
  return { check, measured, passed: layered.onednn !== undefined }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const row = emulatedRow(addonFiles({ platform: 'linux', arch: 'x64', libc: 'glibc' }), { required: true })
  process.stdout.write(`${tableOf([row])}\n`)
  if (!row.passed) process.exitCode = 1
}
