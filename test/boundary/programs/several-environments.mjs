// The addon in the main thread and in several workers at once, each with an error class of its own.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { endlessTrainer, loadAddon, makeData, network, RobustFeaturesError } from './load.mjs'

async function use(path) {
  const addon = loadAddon(path)
  const data = makeData(addon, 500)
  const trainer = endlessTrainer(addon, 50)
  await trainer.advance({ threads: 2, seconds: 0.01 })
  for (let i = 0; i < 20; i++) await addon.forward(network, data, undefined, { threads: 2 })
  try {
    addon.forward(network, {}, undefined, { threads: 1 })
  } catch (error) {
    return error instanceof RobustFeaturesError
  }
}

if (isMainThread) {
  const path = process.argv[2]
  const inWorkers = [1, 2, 3].map(() => {
    const worker = new Worker(new URL(import.meta.url), { workerData: path })
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  })
  console.log((await Promise.all([use(path), ...inWorkers])).join())
} else {
  parentPort.postMessage(await use(workerData))
}
