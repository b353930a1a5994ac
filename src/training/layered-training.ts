import { createHash } from 'node:crypto'
import { imageAttack } from '../attacks/image-attack.js'
import type { ImageData } from '../data/image-data.js'
import type { Tensor } from '../data/tensor-content.js'
import { LayeredNetwork } from '../model/layered-network.js'
import type { NativeGradientAttack } from '../native/contract.js'
import { layeredAddon } from '../native/layered-addon.js'
import type { NativeLayeredTrainer, NativeLayeredTrainerOptions } from '../native/layered-contract.js'
import type { Checkpoint } from './checkpoint-store.js'
import { type Objective, objectiveAttacks } from './objective.js'
import type { Optimizer } from './optimizer.js'
import type { LayeredTrainingRecord } from './record.js'
import type { Trainer, TrainingPlan } from './trainer.js'
import { digest } from './training-store.js'

type NativePlan = Omit<NativeLayeredTrainerOptions, 'network' | 'data' | 'iteration' | 'moments' | 'sums'>

/** Checked options of training a layered network. */
interface LayeredTrainingOptions {
  readonly objective: Objective
  readonly learningRates: Float64Array
  readonly optimizer: Optimizer
  readonly batchSize: number
  readonly padding: number
  readonly flip: boolean
  readonly seed: number
  readonly recordEvery: number
}

/** @throws RobustFeaturesError `INVALID_ARGUMENT` for what the engine refuses */
export function planLayeredTraining(
  network: LayeredNetwork,
  data: ImageData,
  { objective, ...options }: LayeredTrainingOptions,
): TrainingPlan<LayeredNetwork, LayeredTrainingRecord> {
  network.requireData(data)
  const onImages =
    objective.kind === 'standard'
      ? objective
      : { ...objective, attacks: objective.attacks.map((attack) => imageAttack(attack)) }
  const { attacks, cleanWeight } = objectiveAttacks(onImages)
  const plan: NativePlan = { ...options, attacks: attacks as NativeGradientAttack[], cleanWeight }
  const create = (state?: Checkpoint) => {
    const kept = <Numbers>(name: string) => state?.tensors.get(name)?.data as Numbers
    return new (layeredAddon().Trainer)({
      ...plan,
      network:
        state === undefined
          ? network.native
          : { ...network.native, parameters: kept('parameters'), statistics: kept('statistics') },
      data: data.native,
      iteration: state?.iteration ?? 0,
      ...(state === undefined ? {} : { moments: kept('moments'), sums: kept('sums') }),
    })
  }
  // Built once here for its checks, so that bad options throw at the call and not later.
  let fresh: NativeLayeredTrainer | undefined = create()
  return {
    iterations: plan.learningRates.length,
    remedy: 'lower `learningRate`',
    start: (checkpoint) => {
      const native = checkpoint === undefined ? (fresh ?? create()) : undefined
      fresh = undefined // neither a resumed run nor one that has ended need hold its memory
      return new LayeredTrainer(network, native ?? create(checkpoint))
    },
    addon: layeredAddon,
    storage: {
      tensors: ['parameters', 'statistics', 'moments', 'sums'],
      fingerprint: () => fingerprint(network, data, plan),
      // A record is of the state after its update, and its sums have begun anew.
      remade: (iteration) => iteration + 1,
      revive: (record) => record as unknown as LayeredTrainingRecord,
      save: (network, path) => network.save(path),
      load: LayeredNetwork.load,
      digest: ({ parameters, statistics }) => digest(parameters, statistics),
    },
  }
}

class LayeredTrainer implements Trainer<LayeredNetwork, LayeredTrainingRecord> {
  readonly #network: LayeredNetwork
  readonly #native: NativeLayeredTrainer

  constructor(network: LayeredNetwork, native: NativeLayeredTrainer) {
    this.#network = network
    this.#native = native
  }

  get iteration(): number {
    return this.#native.iteration
  }

  advance(options: Parameters<NativeLayeredTrainer['advance']>[0]) {
    return this.#native.advance(options)
  }

  network(): LayeredNetwork {
    return this.#network.withState(this.#native.parameters(), this.#native.statistics())
  }

  state(): ReadonlyMap<string, Tensor> {
    const arrays = {
      parameters: this.#native.parameters(),
      statistics: this.#native.statistics(),
      moments: this.#native.moments(),
      sums: this.#native.sums(),
    }
    return new Map(Object.entries(arrays).map(([name, data]) => [name, { shape: [data.length], data }]))
  }
}

/** Everything that decides a run's bits. */
function fingerprint(network: LayeredNetwork, data: ImageData, plan: NativePlan): object {
  const { height, width, channels, classes } = data
  return {
    architecture: network.native.architecture,
    parameters: digest(network.parameters),
    statistics: digest(network.statistics),
    data: { height, width, channels, classes, images: imageDigest(data), labels: digest(data.labels()) },
    plan: { ...plan, learningRates: digest(plan.learningRates) },
  }
}

/** In parts, for a data set may be large. */
function imageDigest(data: ImageData): string {
  const hash = createHash('sha256')
  const count = 4096
  for (let first = 0; first < data.samples; first += count) {
    hash.update(data.images(first, Math.min(count, data.samples - first)))
  }
  return hash.digest('hex')
}
