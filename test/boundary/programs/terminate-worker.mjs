// Terminates worker threads in the middle of every kind of call, at times that differ from worker to worker.
// Arguments: addon, what the workers do, how many of them.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import {
  attack,
  attackOptions,
  endlessTrainer,
  forever,
  gradientOptions,
  loadAddon,
  makeData,
  network,
} from './load.mjs'

if (isMainThread) {
  const [addon, work, count] = process.argv.slice(2)
  for (let i = 0; i < Number(count); i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { addon, work } })
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    await new Promise((resolve) => setTimeout(resolve, (i * 7) % 11))
    await worker.terminate()
  }
  // The process goes on, and so does the addon.
  const own = loadAddon(addon)
  const { scores } = await own.forward(network, makeData(own, 3), undefined, { threads: 2 })
  console.log(scores.length)
} else {
  const addon = loadAddon(workerData.addon)
  const data = makeData(addon, 20)
  const works = {
    'long operations': () => {
      endlessTrainer(addon).advance({ threads: 3, seconds: Number.POSITIVE_INFINITY })
      addon.attack(network, makeData(addon, 20000), [{ ...attack, steps: 1000 }], {
        ...attackOptions,
        threads: 2,
      })
    },
    'short operations': () => {
      for (let i = 0; i < 3; i++) {
        forever(() => addon.forward(network, data, undefined, { threads: 2 }))
        forever(() => addon.gradients(network, data, undefined, { ...gradientOptions, threads: 1 }))
        forever(() => addon.attack(network, data, [attack], { ...attackOptions, threads: 2 }))
      }
    },
    'short advances': () => {
      const trainer = endlessTrainer(addon, 20)
      forever(() => trainer.advance({ threads: 2, seconds: 0.0005 }))
    },
    'rejected operations': () => {
      const cancellation = new addon.Cancellation()
      cancellation.cancel()
      for (let i = 0; i < 8; i++)
        forever(() => addon.forward(network, data, undefined, { threads: 2, cancellation }))
    },
    'synchronous calls': () => {
      for (;;) {
        addon.kernels.norm('l2', new Float32Array(3))
        addon.random.normal(1, 'stream', 0, 5)
        data.select(data.labels())
        new addon.Cancellation()
      }
    },
    'refused calls': () => {
      for (;;) {
        try {
          addon.kernels.norm('l3', new Float32Array(3))
        } catch {}
        try {
          new addon.PatchData(3)
        } catch {}
      }
    },
  }
  parentPort.postMessage('started')
  works[workerData.work]()
}
