import { fileURLToPath } from 'node:url'
import { addonSource } from '../../../dist/native/addon.js'
import { layeredAddonSource } from '../../../dist/native/layered-addon.js'
import { runProgram } from '../../helpers/run-program.mjs'

/** How a process ended, in words; '' where it ended by itself with the right exit code and a clean stderr. */
function fault({ code, signal, stderr }, expected) {
  if (signal !== null) return signal
  if (code !== expected) return `exit code ${code}: ${stderr.trim().split('\n').at(-1)}`
  return stderr
}

/**
 * Runs a program of test/boundary/programs in a process of its own.
 *
 * @param {string} name
 * @param {object} options
 * @param {readonly string[]} [options.args]
 * @param {boolean} [options.layered] on the addon of layered networks
 */
export function runBoundaryProgram(name, { args = [], layered = false }) {
  const script = fileURLToPath(new URL(`../../boundary/programs/${name}.mjs`, import.meta.url))
  const { path } = layered ? layeredAddonSource() : addonSource()
  return runProgram(['--expose-gc', script, path, ...args])
}

/**
 * Runs a program of test/boundary/programs many times.
 *
 * @param {string} check what the row is to be called
 * @param {string} name
 * @param {object} options
 * @param {readonly string[][]} [options.runs] the arguments of each run
 * @param {number} [options.code] the exit code it must have
 * @param {boolean} [options.layered] on the addon of layered networks
 * @returns {Promise<import('../../../scripts/stress.mjs').Row>}
 */
export async function boundaryProgram(check, name, { runs = [[]], code = 0, layered = false }) {
  const faults = []
  for (const args of runs) {
    const found = fault(await runBoundaryProgram(name, { args, layered }), code)
    if (found !== '') faults.push(found)
  }
  return {
    check,
    measured: `${runs.length - faults.length} of ${runs.length}${faults.length > 0 ? `; ${faults[0]}` : ''}`,
    limit: 'all',
    passed: faults.length === 0,
  }
}
