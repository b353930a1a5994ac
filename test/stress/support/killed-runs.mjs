// Runs a command, kills it again and again, and compares what it leaves with an uninterrupted run's files.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
/** Timings, the checkpoint before the last, and the files of locks, which lock nothing once their process has ended. */
const NOT_COMPARED = /^(timings|environment)\.json$|^checkpoint\.previous\.safetensors$|^\.\w+\.lock$/

/**
 * @typedef {object} Kill
 * @property {number} lostSeconds of work since something was last kept
 * @property {boolean | undefined} resumed whether the session after it went on where this one had come to; undefined where
 *   nothing had been kept, or the next kill came before the session could say
 *
 * @typedef {object} KilledKind
 * @property {string} name
 * @property {(out: string) => string[]} command
 * @property {boolean} [parentAlone] kill the process alone every other time, and else its children too
 * @property {(out: string, began: number) => Promise<Standing>} standing of a session that began then
 * @property {(before: Standing, out: string, session: { stderr: string, ended: boolean }) => boolean | undefined} resumed
 *
 * @typedef {object} Standing what a run folder keeps
 * @property {number} keptAt when something was last kept, or the session's work began; in ms; of several, the earliest
 * @property {number | undefined} newest when something to go on from was last kept
 * @property {unknown} progress for `resumed`; undefined where there is nothing to go on from
 */

/**
 * One number in each of `count` equal parts of [0, 1), in random order.
 *
 * @param {number} count
 * @param {import('../../helpers/random.mjs').Random} random
 */
export function spreadMoments(count, random) {
  const moments = Array.from({ length: count }, (_, n) => (n + random.next()) / count)
  for (let n = count - 1; n > 0; n--) {
    const other = random.below(n + 1)
    ;[moments[n], moments[other]] = [moments[other], moments[n]]
  }
  return moments
}

/** Every file below a folder. */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

/** What differs between two folders, the first ones; '' where nothing does. */
function difference(folder, whole) {
  const compared = (root) => filesIn(root).filter((path) => !NOT_COMPARED.test(path.split('/').at(-1)))
  const [found, wanted] = [compared(folder), compared(whole)]
  const foreign = found.find((path) => !wanted.includes(path))
  const missing = wanted.find((path) => !found.includes(path))
  if (foreign !== undefined) return `${foreign} is left over`
  if (missing !== undefined) return `${missing} is missing`
  const other = found.find(
    (path) => !readFileSync(join(folder, path)).equals(readFileSync(join(whole, path))),
  )
  return other === undefined ? '' : `${other} differs`
}

/** Starts the command line with a process group of its own. */
function start(args) {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const session = { child, began: Date.now(), stderr: '', ended: false }
  child.stderr.setEncoding('utf8').on('data', (text) => {
    session.stderr += text
  })
  // Not `close`, for processes of a killed sweep may have the pipe a while longer.
  session.ending = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve({ code, signal }))
  })
  return session
}

/** Runs a command to its end, which must be good; gives what it said. */
async function runWhole(args) {
  const session = start(args)
  const { code, signal } = await session.ending
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${signal ?? code}: ${session.stderr}`)
  return session.stderr
}

/** Waits until a session has kept something to go on from, and then some. */
async function sinceKept(kind, out, session, milliseconds) {
  for (;;) {
    const { progress, newest } = await kind.standing(out, session.began)
    if (progress !== undefined && newest >= session.began) return delay(milliseconds)
    if (session.child.exitCode !== null) return
    await delay(20)
  }
}

/**
 * Kills runs of a kind once for each moment, and lets every run come to its end in between.
 *
 * @param {KilledKind} kind
 * @param {readonly number[]} moments of a session, as shares of the time that an uninterrupted run takes; with
 *   `afterKept` seconds after it has first kept something
 * @param {object} options
 * @param {string} options.folder
 * @param {boolean} options.afterKept
 */
export async function killRuns(kind, moments, { folder, afterKept }) {
  const whole = join(folder, 'whole')
  const began = performance.now()
  await runWhole(kind.command(whole))
  const wholeMilliseconds = performance.now() - began
  /** @type {Kill[]} */
  const kills = []
  const differences = []
  for (let run = 0; kills.length < moments.length; run++) {
    if (run > 4 * moments.length)
      throw new Error(
        `${kind.name}: ${run} runs of ${(wholeMilliseconds / 1000).toFixed(1)} s ended before they were killed`,
      )
    const out = join(folder, `run-${run}`)
    let before
    for (let last; ; last = kills.at(-1)) {
      const moment = moments[kills.length]
      const session = start(kind.command(out))
      // Once all kills are done, the run is let to its end.
      if (moment !== undefined) {
        const due = afterKept
          ? sinceKept(kind, out, session, 1000 * moment)
          : delay(moment * wholeMilliseconds, undefined, { ref: false })
        await Promise.race([session.ending, due])
      }
      if (moment !== undefined) kill(session.child, kind.parentAlone === true && kills.length % 2 === 0)
      const killedAt = Date.now()
      const { code, signal } = await session.ending
      session.ended = signal !== 'SIGKILL'
      if (last !== undefined && before !== undefined) last.resumed = kind.resumed(before, out, session)
      if (session.ended) {
        if (code !== 0) differences.push(`exit code ${code}: ${session.stderr.trim().split('\n').at(-1)}`)
        else differences.push(difference(out, whole))
        break
      }
      const standing = await kind.standing(out, session.began)
      const lostSeconds = Math.max(0, killedAt - standing.keptAt) / 1000
      kills.push({ lostSeconds, resumed: undefined })
      before = standing.progress
    }
    rmSync(out, { recursive: true, force: true })
  }
  return { kills, differences, wholeSeconds: wholeMilliseconds / 1000 }
}

function kill(child, alone) {
  if (child.exitCode !== null) return
  try {
    process.kill(alone ? child.pid : -child.pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error // it has just ended
  }
}

/** When a file was written, in ms; undefined where there is none. */
export function writtenAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

/** The latest of moments of which some may be undefined; undefined where all are. */
export function latest(moments) {
  const known = moments.filter((moment) => moment !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
