// Worker threads load the package, train and are terminated in the middle of it.
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { digestOf, kinds } from './support/cases.mjs'
import { boundaryProgram } from './support/programs.mjs'

export const name = 'workers'

const AT_ONCE = 8

/** Starts workers, waits until all train, and terminates them `milliseconds` later. */
async function terminateTraining(milliseconds) {
  const workers = Array.from(
    { length: AT_ONCE },
    () => new Worker(new URL('support/training-worker.mjs', import.meta.url)),
  )
  await Promise.all(
    workers.map(
      (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)),
    ),
  )
  await sleep(milliseconds)
  await Promise.all(workers.map((worker) => worker.terminate()))
}

export async function run({ short, report }) {
  const rows = []
  const rounds = short ? 2 : 50
  const available = kinds(report)
  const digests = async () => {
    const found = []
    for (const kind of available) {
      found.push(await digestOf(kind.start(await kind.data(40), { iterations: 50 })))
    }
    return found.join()
  }
  const before = await digests()
  for (let round = 0; round < rounds; round++) {
    // At other points of an advance, which takes some 100 ms, in every round.
    await terminateTraining((round * 37) % 110)
    if ((round + 1) % 10 === 0) report(`${round + 1} times ${AT_ONCE} workers`)
  }
  const after = await digests()
  rows.push({
    check: `${AT_ONCE} workers train and are terminated, ${rounds} times; then the main thread trains`,
    measured: after === before ? 'bits as before' : 'other bits',
    limit: 'bits as before',
    passed: after === before,
  })
  if (short) return rows
  const count = 60
  for (const work of ['long operations', 'short operations', 'short advances', 'rejected operations']) {
    const runs = [[work, String(count)]]
    rows.push(await boundaryProgram(`${count} workers terminated in ${work}`, 'terminate-worker', { runs }))
  }
  return rows
}
