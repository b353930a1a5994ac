// Training leaves the event loop and libuv's pool of threads to the program around it.
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { ended, kinds } from './support/cases.mjs'

export const name = 'event-loop'

const LAG_MILLISECONDS = 20
/** More than libuv's four threads, which would all be taken if a run took one. */
const RUNS = 8
const WAIT_MILLISECONDS = 1000

/** The 99th percentile of how late a timer fires, in milliseconds, over some seconds. */
async function timerLag(seconds) {
  const resolution = 1
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  await sleep(1000 * seconds)
  delay.disable()
  // The histogram holds the whole time between two ticks.
  return delay.percentile(99) / 1e6 - resolution
}

/** The 99th percentile of how long `action` takes, in milliseconds, and how often it was done in some seconds. */
async function waits(action, seconds) {
  const end = performance.now() + 1000 * seconds
  const found = []
  while (performance.now() < end) {
    const start = performance.now()
    await action()
    found.push(performance.now() - start)
    await sleep(1)
  }
  found.sort((a, b) => a - b)
  return { count: found.length, p99: found[Math.floor(0.99 * (found.length - 1))] }
}

/** Starts endless runs, waits until each has begun, measures, and checks that all of them run still. */
async function during(kind, count, measure) {
  const data = await kind.data(4000)
  const stop = new AbortController()
  const runs = Array.from({ length: count }, (_, n) => kind.start(data, { seed: n, signal: stop.signal }))
  let active = count
  for (const run of runs) {
    const leave = () => {
      active--
    }
    run.finished.then(leave, leave)
  }
  await Promise.all(runs.map((run) => run.started))
  await sleep(200)
  const measured = await measure()
  if (active !== count) throw new Error(`${count - active} of ${count} runs of ${kind.name} had ended`)
  stop.abort()
  await ended(runs)
  return measured
}

export async function run({ short, report }) {
  const rows = []
  const seconds = short ? 1.5 : 6
  for (const kind of kinds(report)) {
    const idle = await timerLag(seconds / 2)
    // What else the machine does can only make it larger.
    let lag = Number.POSITIVE_INFINITY
    for (let attempt = 0; attempt < 3 && lag >= LAG_MILLISECONDS; attempt++) {
      lag = Math.min(lag, await during(kind, 1, () => timerLag(seconds)))
    }
    rows.push({
      check: `timer lag, p99, while ${kind.name} train on all ${availableParallelism()} processors`,
      measured: `${lag.toFixed(1)} ms (idle ${idle.toFixed(1)} ms)`,
      limit: `< ${LAG_MILLISECONDS} ms`,
      passed: lag < LAG_MILLISECONDS,
    })
    const actions = {
      'fs.readFile': () => readFile(new URL(import.meta.url)),
      'dns.lookup': () => lookup('localhost'),
    }
    for (const [call, action] of Object.entries(actions)) {
      const { count, p99 } = await during(kind, RUNS, () => waits(action, seconds))
      rows.push({
        check: `${call}, p99, while ${RUNS} trainings of ${kind.name} run`,
        measured: `${p99.toFixed(1)} ms (${count} calls)`,
        limit: `< ${WAIT_MILLISECONDS} ms`,
        passed: p99 < WAIT_MILLISECONDS,
      })
    }
  }
  return rows
}
