// Calls both addons, built with AddressSanitizer and UBSan, with random arguments and prints how the calls of each
// function ended: `node scripts/fuzz-native.mjs [--calls 100000] [--seed 1]`. The same seed makes the same calls.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSanitized, environmentOfAddon, hasLayeredNetworks } from './sanitized-build.mjs'
import { SetupError } from './setup/command.mjs'
import { inProject } from './setup/paths.mjs'

/** Of every function's calls: a fuzz whose calls end at the first check says nothing of what lies behind. */
const LEAST_ACCEPTED = 0.1
/** Calls of layered networks take longer. */
const SHARE_OF_CORE = 0.75

function parse() {
  try {
    const { values } = parseArgs({
      options: { calls: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
    })
    const [calls, seed] = [Number(values.calls), Number(values.seed)]
    return Number.isInteger(calls) && calls > 0 && Number.isInteger(seed) ? { calls, seed } : undefined
  } catch {
    return undefined
  }
}

/** Runs the calls of one addon in a process of its own; resolves to how they ended, or to undefined after printing why. */
function fuzz(name, file, calls, seed, env) {
  const lastCall = join(folder, name)
  const start = performance.now()
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--expose-gc', program, file, name, seed, calls, lastCall].map(String),
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (text) => {
      stdout += text
    })
    child.stderr.on('data', (text) => {
      stderr += text
    })
    child.on('close', (code, signal) => {
      const seconds = (performance.now() - start) / 1000
      if (code === 0 && stderr === '') return resolve({ name, seconds, endings: JSON.parse(stdout) })
      const call = readFileSync(lastCall, 'utf8').trim()
      console.log(
        `${name}: ${signal ?? `exit code ${code}`} with seed ${seed} at call ${call}\n${stdout}${stderr}`,
      )
      resolve(undefined)
    })
  })
}

/** Prints a line for each function; returns those of which too few calls were accepted. */
function tell({ name, seconds, endings }) {
  const rows = Object.entries(endings).map(([key, { accepted, refused }]) => ({
    key: `${name} ${key}`,
    calls: accepted + refused,
    accepted,
  }))
  const sum = (column) => rows.reduce((total, row) => total + row[column], 0)
  for (const { key, calls, accepted } of rows) {
    console.log(
      `${key.padEnd(36)} ${String(calls).padStart(7)} calls ${String(accepted).padStart(7)} accepted`,
    )
  }
  console.log(
    `${name}: ${sum('calls')} calls in ${seconds.toFixed(0)} s, ${Math.round(sum('calls') / seconds)} a second, ` +
      `${sum('accepted')} accepted`,
  )
  return rows.filter(({ calls, accepted }) => !(accepted > LEAST_ACCEPTED * calls)).map(({ key }) => key)
}

const program = inProject('test', 'boundary', 'programs', 'fuzz-addon.mjs')
const wanted = parse()
if (wanted === undefined) {
  process.stderr.write('Usage: node scripts/fuzz-native.mjs [--calls N] [--seed N]\n')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'robust-features-fuzz-'))
try {
  const directory = await buildSanitized('address,undefined')
  const env = environmentOfAddon(directory)
  const release = join(directory, 'Release')
  const ofCore = hasLayeredNetworks() ? Math.round(wanted.calls * SHARE_OF_CORE) : wanted.calls
  const runs = [fuzz('core', join(release, 'robust_features.node'), ofCore, wanted.seed, env)]
  if (ofCore < wanted.calls) {
    const file = join(release, 'robust_features_layered.node')
    runs.push(fuzz('layered', file, wanted.calls - ofCore, wanted.seed, env))
  }
  const found = await Promise.all(runs)
  const poor = found.filter((one) => one !== undefined).flatMap(tell)
  if (poor.length > 0) console.log(`accepted too seldom: ${poor.join(', ')}`)
  process.exitCode = found.includes(undefined) || poor.length > 0 ? 1 : 0
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
