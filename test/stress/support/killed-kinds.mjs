// What is killed: trainings of both kinds of network, a sweep and an extraction of features, as long as asked.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigFiles } from '../../../dist/experiments/config-files.js'
import { runConfiguredTraining } from '../../../dist/experiments/configured-training.js'
import {
  extractFeatures,
  LayeredNetwork,
  loadImages,
  readSafetensors,
  smallCnn,
  subset,
} from '../../../dist/index.js'
import { latest, writtenAt } from './killed-runs.mjs'

const attack = (norm, radius, steps) => ({ kind: 'pgd', norm, radius, steps, randomStart: true })

const patches = {
  data: {
    kind: 'patchDistribution',
    classes: 2,
    dimension: 64,
    robustPatches: 1,
    nonRobustPatches: 31,
    robustStrength: 2,
    nonRobustStrength: 0.5,
    noise: 0.1,
    samples: 64,
    testSamples: 10,
  },
  network: { filtersPerClass: 8, initialScale: 0.1 },
  objective: { kind: 'adversarial', attacks: [attack('l2', 0.2, 2)] },
  training: { learningRate: 0.001, momentum: 0.5, batchSize: 32, iterations: 100, recordEvery: 20 },
  evaluation: { attacks: [attack('l2', 0.2, 2)] },
}

const images = {
  data: { kind: 'images', set: 'mnist', trainingImages: 64, testImages: 32 },
  network: { kind: 'smallCnn' },
  objective: { kind: 'adversarial', attacks: [attack('linf', 0.1, 2)] },
  training: { learningRate: 0.001, batchSize: 16, epochs: 4, optimizer: { kind: 'adam' } },
  evaluation: { attacks: [attack('linf', 0.1, 2)] },
}

const only = (folder, prefix = '') => {
  const name = existsSync(folder) && readdirSync(folder).find((entry) => entry.startsWith(prefix))
  return name ? join(folder, name) : undefined
}
const json = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** Of a session whose work has not begun. */
const nothing = { keptAt: Number.POSITIVE_INFINITY, newest: undefined, progress: undefined }

/** The iteration a training would go on from, and when it was kept. */
async function checkpointOf(run) {
  for (const name of ['checkpoint.safetensors', 'checkpoint.previous.safetensors']) {
    try {
      const path = join(run, name)
      const { metadata } = await readSafetensors(path)
      return { iteration: Number(metadata.iteration), keptAt: writtenAt(path) }
    } catch (error) {
      if (error.code !== 'FILE_NOT_FOUND') throw error
    }
  }
  return { iteration: 0, keptAt: undefined }
}

/** Work of this process in seconds, which does not depend on what else the machine does. */
async function secondsOf(work) {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** A training that takes about that time, by the pace of short ones. */
async function lasting(seconds, config, unit, folder) {
  const elapsed = (length) =>
    secondsOf(() =>
      runConfiguredTraining(lengthened(config, unit, length), {
        directory: join(folder, 'short'),
        files: new ConfigFiles(folder),
        threads: 1,
        signal: new AbortController().signal,
        reporter: { progress: () => {}, note: () => {} },
      }),
    )
  const short = config.training[unit]
  const pace = (await elapsed(4 * short)) - (await elapsed(short))
  return lengthened(config, unit, Math.max(2, Math.round((3 * short * seconds) / pace)))
}

function lengthened(config, unit, length) {
  return { ...config, training: { ...config.training, [unit]: length } }
}

/** @returns {import('./killed-runs.mjs').KilledKind} */
function training(name, config, folder) {
  const path = join(folder, 'config.json')
  writeFileSync(path, JSON.stringify(config))
  return {
    name,
    command: (out) => ['train', path, '--threads', '1', '--out', out],
    async standing(out, began) {
      const run = only(out)
      if (run === undefined) return nothing
      const { iteration, keptAt } = await checkpointOf(run)
      const weights = writtenAt(join(run, 'weights.safetensors'))
      const start = writtenAt(join(run, 'environment.json'))
      const running = start !== undefined && start >= began - 1000
      return {
        keptAt: running ? latest([start, keptAt, weights]) : Number.POSITIVE_INFINITY,
        newest: keptAt,
        progress: iteration > 0 && weights === undefined ? iteration : undefined,
      }
    },
    resumed(iteration, _, { stderr, ended }) {
      const [, found] = stderr.match(/^train: resuming at iteration (\d+) of \d+\.$/m) ?? []
      return found === undefined && !ended ? undefined : Number(found) === iteration
    },
  }
}

/** Two cells in two processes. */
function sweep(config, folder) {
  const { iterations } = config.training
  const path = join(folder, 'sweep.json')
  const parameters = { 'training.learningRate': [0.001, 0.002] }
  writeFileSync(path, JSON.stringify({ name: 'killed', base: { kind: 'training', config }, parameters }))
  const cells = (out) => {
    const folder = join(only(out) ?? out, 'cells')
    return existsSync(folder) ? readdirSync(folder).map((id) => join(folder, id)) : []
  }
  return {
    name: 'sweep',
    parentAlone: true,
    command: (out) => ['sweep', path, '--threads', '2', '--out', out],
    async standing(out, began) {
      const progress = new Map()
      let keptAt = Number.POSITIVE_INFINITY
      let newest
      for (const cell of cells(out)) {
        const run = only(cell, 'train-')
        const start = writtenAt(join(cell, 'config.json'))
        if (run === undefined || existsSync(join(cell, 'result.json'))) continue
        const checkpoint = await checkpointOf(run)
        const weights = writtenAt(join(run, 'weights.safetensors'))
        if (start >= began - 1000) keptAt = Math.min(keptAt, latest([start, checkpoint.keptAt, weights]))
        if (checkpoint.iteration === 0 || weights !== undefined) continue
        progress.set(run, checkpoint.iteration)
        newest = latest([newest, checkpoint.keptAt])
      }
      return { keptAt, newest, progress: progress.size === 0 ? undefined : progress }
    },
    /** Of cells that have ended since; a process whose sweep was killed may have come further than was seen. */
    resumed(progress) {
      const ended = [...progress].filter(([run]) => existsSync(join(run, 'weights.safetensors')))
      if (ended.length === 0) return undefined
      return ended.every(
        ([run, iteration]) => iterations - json(join(run, 'timings.json')).iterations >= iteration,
      )
    },
  }
}

async function features(seconds, folder) {
  const model = join(folder, 'model.safetensors')
  const input = { height: 28, width: 28, channels: 1 }
  await LayeredNetwork.initialize({ input, layers: smallCnn({ classes: 10 }), seed: 1 }).save(model)
  const steps = 40
  const network = await LayeredNetwork.load(model)
  const mnist = await loadImages('mnist', { split: 'train' })
  const elapsed = (count) =>
    secondsOf(() => extractFeatures(network, subset(mnist, { count }), { kind: 'robust', steps, threads: 1 }))
  const pace = (await elapsed(96)) - (await elapsed(32))
  const count = Math.min(mnist.count, Math.max(100, Math.round((64 * seconds) / pace)))
  const options = { data: 'mnist', kind: 'robust', images: count, steps, threads: 1 }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  return {
    name: 'features',
    command: (out) => ['features', model, ...flags, '--out', out],
    async standing(out, began) {
      const parts = join(out, 'robust')
      const names = existsSync(parts) ? readdirSync(parts).filter((name) => name.startsWith('part-')) : []
      let images = 0
      for (const name of names)
        images += (await readSafetensors(join(parts, name))).tensors.get('loss').data.length
      const start = writtenAt(join(parts, '.features.lock'))
      const newest = latest(names.map((name) => writtenAt(join(parts, name))))
      const finished = writtenAt(join(parts, 'features.safetensors'))
      const running = start !== undefined && start >= began - 1000
      return {
        keptAt: running ? latest([start, newest, finished]) : Number.POSITIVE_INFINITY,
        newest,
        progress: images > 0 && images < count ? images : undefined,
      }
    },
    resumed(images, _, { stderr, ended }) {
      const [, found] = stderr.match(/^robust: resuming at image (\d+) of \d+\.$/m) ?? []
      return found === undefined && !ended ? undefined : Number(found) === images
    },
  }
}

/**
 * The kinds, by twos that may run at the same time.
 *
 * @param {number} seconds about how long a run of one goes on where nothing else runs
 * @param {(name: string) => string} folderFor makes a folder
 * @param {boolean} layered whether the build has layered networks
 */
export async function killedKinds(seconds, folderFor, layered) {
  const inPatches = folderFor('patches')
  const config = await lasting(seconds, patches, 'iterations', inPatches)
  const patch = training('training, patches', config, inPatches)
  const cells = sweep(config, folderFor('sweep'))
  if (!layered) return [[patch], [cells]]
  const inLayers = folderFor('layers')
  const image = training('training, layers', await lasting(seconds, images, 'epochs', inLayers), inLayers)
  return [
    [patch, image],
    [cells, await features(seconds, folderFor('features'))],
  ]
}
