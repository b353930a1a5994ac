// Two workers and perhaps the main thread run operations when the end comes: from process.exit() of the main thread,
// from process.exit() of a worker, or from an exception a worker does not catch.
// Arguments: addon, who ends (main, worker or exception), after how many milliseconds.
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { attack, attackOptions, endlessTrainer, forever, loadAddon, makeData, network } from './load.mjs'

const [path, end, milliseconds] = isMainThread ? process.argv.slice(2) : workerData

function work() {
  const addon = loadAddon(path)
  const data = makeData(addon, 50)
  endlessTrainer(addon, 2000).advance({ threads: 2, seconds: Number.POSITIVE_INFINITY })
  addon.attack(network, makeData(addon, 2000), [{ ...attack, steps: 100000 }], {
    ...attackOptions,
    threads: 2,
  })
  forever(() => addon.forward(network, data, undefined, { threads: 2 }))
}

if (isMainThread) {
  for (let i = 0; i < 2; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: [path, end, milliseconds] })
    worker.on('error', () => {})
    worker.on('exit', () => {
      process.exitCode = 7
    })
  }
  if (end === 'main') {
    work()
    setTimeout(() => process.exit(7), Number(milliseconds))
  }
} else {
  work()
  if (end === 'worker') setTimeout(() => process.exit(3), Number(milliseconds))
  if (end === 'exception') {
    setTimeout(() => {
      throw new Error('uncaught')
    }, Number(milliseconds))
  }
}
