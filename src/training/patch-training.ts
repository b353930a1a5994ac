import type { Features } from '../data/features.js'
import type { PatchData } from '../data/patch-data.js'
import type { Tensor } from '../data/tensor-content.js'
import { toNativeActivation } from '../model/activation.js'
import { PatchNetwork } from '../model/patch-network.js'
import { nativeAddon } from '../native/addon.js'
import type { FloatArray, NativeTrainer, NativeTrainerOptions } from '../native/contract.js'
import type { Checkpoint } from './checkpoint-store.js'
import { type Objective, objectiveAttacks } from './objective.js'
import { reviveTrainingRecord, type TrainingRecord, toTrainingRecord } from './record.js'
import type { Trainer, TrainingPlan } from './trainer.js'
import { digest } from './training-store.js'

type NativePlan = Omit<NativeTrainerOptions, 'network' | 'data' | 'iteration' | 'velocity'>

/** Checked options of training a patch network. */
interface PatchTrainingOptions {
  readonly objective: Objective
  readonly learningRates: Float64Array
  readonly momentum: number
  readonly batchSize: number
  readonly seed: number
  readonly recordEvery: number
  readonly features: Features | undefined
}

/** @throws RobustFeaturesError `INVALID_ARGUMENT` for what the engine refuses */
export function planPatchTraining(
  network: PatchNetwork,
  data: PatchData,
  { objective, features, ...options }: PatchTrainingOptions,
): TrainingPlan<PatchNetwork, TrainingRecord> {
  const plan = {
    ...options,
    ...objectiveAttacks(objective),
    probes: features === undefined ? new Float64Array() : probesOf(features),
  }
  const create = (state?: Checkpoint) =>
    new (nativeAddon().Trainer)({
      ...plan,
      network: { ...network.native, weights: floats(state, 'weights') ?? network.weights },
      data: data.native,
      iteration: state?.iteration ?? 0,
      ...(state === undefined ? {} : { velocity: floats(state, 'velocity') as FloatArray }),
    })
  // Built once here for its checks, so that bad options throw at the call and not later.
  let fresh: NativeTrainer | undefined = create()
  const classes = features === undefined ? undefined : network.classes
  return {
    iterations: plan.learningRates.length,
    remedy: 'lower `learningRate` or the initial scale of the weights',
    start: (checkpoint) => {
      const native = checkpoint === undefined ? (fresh ?? create()) : undefined
      fresh = undefined // neither a resumed run nor one that has ended need hold its memory
      return new PatchTrainer(network, native ?? create(checkpoint), classes)
    },
    addon: nativeAddon,
    storage: {
      tensors: ['weights', 'velocity'],
      fingerprint: () => fingerprint(network, data, plan),
      // A record is of the state before its update.
      remade: (iteration) => iteration,
      revive: reviveTrainingRecord,
      save: (network, path) => network.save(path),
      load: PatchNetwork.load,
      digest: ({ weights }) => digest(weights),
    },
  }
}

class PatchTrainer implements Trainer<PatchNetwork, TrainingRecord> {
  readonly #network: PatchNetwork
  readonly #native: NativeTrainer
  readonly #classes: number | undefined

  /** @param classes set when records carry feature coefficients */
  constructor(network: PatchNetwork, native: NativeTrainer, classes: number | undefined) {
    this.#network = network
    this.#native = native
    this.#classes = classes
  }

  get iteration(): number {
    return this.#native.iteration
  }

  async advance(options: Parameters<NativeTrainer['advance']>[0]) {
    const { records, status } = await this.#native.advance(options)
    return { records: records.map((record) => toTrainingRecord(record, this.#classes)), status }
  }

  network(): PatchNetwork {
    return this.#network.withWeights(this.#native.weights())
  }

  state(): ReadonlyMap<string, Tensor> {
    const { classes, filtersPerClass, dimension } = this.#network
    const shape = [classes * filtersPerClass, dimension]
    return new Map([
      ['weights', { shape, data: this.#native.weights() }],
      ['velocity', { shape, data: this.#native.velocity() }],
    ])
  }
}

function floats(state: Checkpoint | undefined, name: string): FloatArray | undefined {
  return state?.tensors.get(name)?.data as FloatArray | undefined
}

function probesOf({ robustFeatures, nonRobustFeatures }: Features): Float64Array {
  const probes = new Float64Array(robustFeatures.length + nonRobustFeatures.length)
  probes.set(robustFeatures)
  probes.set(nonRobustFeatures, robustFeatures.length)
  return probes
}

/** Everything that decides a run's bits. */
function fingerprint(network: PatchNetwork, data: PatchData, plan: NativePlan): object {
  const { classes, filtersPerClass, dimension, activation, weights } = network
  return {
    network: { classes, filtersPerClass, dimension, activation: toNativeActivation(activation) },
    weights: digest(weights),
    data: {
      patches: data.patches,
      dimension: data.dimension,
      classes: data.classes,
      inputs: digest(data.inputs()),
      labels: digest(data.labels()),
    },
    plan: {
      ...plan,
      attacks: plan.attacks.map((attack) =>
        attack.kind === 'featureAligned'
          ? {
              ...attack,
              robustFeatures: digest(attack.robustFeatures),
              nonRobustFeatures: digest(attack.nonRobustFeatures),
            }
          : { ...attack, lower: String(attack.lower), upper: String(attack.upper) },
      ),
      learningRates: digest(plan.learningRates),
      probes: digest(plan.probes),
    },
  }
}
