// Runs every test/stress/*.stress.mjs in turn and ends with one table of what they measured.
// `--short` is the form of .ci/run; names run some of them: `npm run test:stress -- memory workers`.
import { fork } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { inProject } from './setup/paths.mjs'
import { tableOf } from './table.mjs'

/** @typedef {import('./table.mjs').Row} Row */

const SUFFIX = '.stress.mjs'
const folder = inProject('test', 'stress')
/** A guard against a module that hangs, not a measurement: a busy machine takes several times as long as an idle one. */
const MINUTES = { short: 10, long: 60 }
const available = readdirSync(folder)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort()

/** What the command line asks for; undefined where it is wrong. */
function parse() {
  try {
    const { values, positionals } = parseArgs({
      options: { short: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    if (positionals.some((name) => !available.includes(name))) return undefined
    return {
      short: values.short,
      names: positionals.length === 0 ? available : available.filter((name) => positionals.includes(name)),
    }
  } catch {
    return undefined
  }
}

/** The module that runs now, in a process of its own with a process group of its own. */
let current

function stopCurrent() {
  try {
    if (current?.pid !== undefined) process.kill(-current.pid, 'SIGKILL')
  } catch {} // it has ended
}

/**
 * A module in a process of its own: a crash fails this module alone, and none measures what another left behind.
 *
 * @param {string} name
 * @param {boolean} short
 * @returns {Promise<Row[]>}
 */
function runModule(name, short) {
  const minutes = short ? MINUTES.short : MINUTES.long
  return new Promise((resolve) => {
    let rows = []
    let ended = 'gave no rows'
    current = fork(
      inProject('test', 'stress', 'support', 'run-module.mjs'),
      [name, short ? 'short' : 'long'],
      {
        execArgv: ['--expose-gc'],
        detached: true,
      },
    )
    const timer = setTimeout(() => {
      ended = `took more than ${minutes} minutes`
      stopCurrent()
    }, minutes * 60_000)
    current.on('message', (message) => {
      if (message.line !== undefined) console.log(`  ${message.line}`)
      if (message.error !== undefined) ended = message.error
      if (message.rows !== undefined) {
        rows = message.rows
        ended = undefined
      }
    })
    current.on('close', (code, signal) => {
      clearTimeout(timer)
      stopCurrent() // what it has left running
      if (ended === undefined && code !== 0) ended = 'ended badly after its rows'
      const ending = signal ?? `exit code ${code}`
      const failure = {
        check: name,
        measured: `${ended} (${ending})`,
        limit: 'runs to its end',
        passed: false,
      }
      resolve(ended === undefined ? rows : [...rows, failure])
    })
  })
}

const seconds = (since) => Math.round((performance.now() - since) / 1000)

const wanted = parse()
if (wanted === undefined) {
  console.error(`Usage: npm run test:stress -- [--short] [NAME…], names of: ${available.join(', ')}`)
  process.exit(2)
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => {
    stopCurrent()
    process.exit(code)
  })
}

const start = performance.now()
const load = () => loadavg()[0].toFixed(1)
console.log(`${availableParallelism()} processors, load ${load()}, Node ${process.version}`)
const rows = []
for (const name of wanted.names) {
  const began = performance.now()
  console.log(`${name} begins`)
  const found = await runModule(name, wanted.short)
  rows.push(...found)
  const failed = found.filter(({ passed }) => !passed).length
  console.log(
    `${name} ends after ${seconds(began)} s, load ${load()}: ${failed === 0 ? 'ok' : `${failed} failed`}`,
  )
}
console.log(`\n${tableOf(rows)}`)
const failed = rows.filter(({ passed }) => !passed).length
console.log(`\n${rows.length - failed} passed, ${failed} failed in ${seconds(start)} s`)
process.exitCode = failed > 0 ? 1 : 0
