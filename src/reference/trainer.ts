import type { NativeNetwork, NativeTrainerOptions, NativeTrainingRecord } from '../native/contract.js'
import { lossAndAccuracy, type Objective, objective } from './objective.js'
import type { PatchData } from './patches.js'
import { norm } from './perturbation.js'
import { permutation } from './philox.js'
import { inner, row } from './vectors.js'

export type TrainerOptions = Omit<NativeTrainerOptions, 'data'> & { data: PatchData }

export interface AdvanceResult {
  /** Completed iterations. */
  iteration: number
  records: NativeTrainingRecord[]
  status: 'running' | 'finished' | 'diverged'
}

/**
 * Gradient descent with momentum; twin of `NativeTrainer`. Iteration t = 0 … T − 1, with g the gradient of
 * the objective on its batch, does
 *
 * v ← μ v + g,   w ← w − η_t v.
 *
 * Records hold the state before the step, at every t that is a multiple of `recordEvery` and at t = T, where
 * no step follows. A t whose loss or gradient is not finite is recorded and ends the training without its step.
 */
export class Trainer {
  readonly #options: TrainerOptions
  readonly #weights: Float64Array
  readonly #velocity: Float64Array
  #iteration: number

  constructor(options: TrainerOptions) {
    this.#options = options
    this.#weights = Float64Array.from(options.network.weights)
    this.#velocity = new Float64Array(this.#weights.length)
    if (options.velocity !== undefined) this.#velocity.set(options.velocity)
    this.#iteration = options.iteration
  }

  get iteration(): number {
    return this.#iteration
  }

  /** Copy, f × d. */
  weights(): Float64Array {
    return this.#weights.slice()
  }

  /** Copy, f × d. */
  velocity(): Float64Array {
    return this.#velocity.slice()
  }

  /** Does up to `iterations` more iterations, by default all that are left and the closing record. */
  advance(iterations = Infinity): AdvanceResult {
    const records: NativeTrainingRecord[] = []
    let status: AdvanceResult['status'] = 'running'
    for (let count = 0; count < iterations && status === 'running'; count++) {
      status = this.#iterate(records)
    }
    return { iteration: this.#iteration, records, status }
  }

  #iterate(records: NativeTrainingRecord[]): AdvanceResult['status'] {
    const { data, learningRates, momentum, recordEvery } = this.#options
    const t = this.#iteration
    const last = t === learningRates.length
    const network: NativeNetwork = { ...this.#options.network, weights: this.#weights }
    const current = objective(network, data, batchIndices(this.#options, t), t, this.#options)
    const gradientNorm = norm('l2', current.gradient)
    const finite = Number.isFinite(current.loss) && Number.isFinite(gradientNorm)

    if (t % recordEvery === 0 || last || !finite) {
      records.push(recordOf(this.#options, network, t, current, gradientNorm))
    }
    if (!finite) return 'diverged'
    if (last) return 'finished'

    for (let i = 0; i < this.#weights.length; i++) {
      this.#velocity[i] = momentum * this.#velocity[i]! + current.gradient[i]!
      this.#weights[i]! -= learningRates[t]! * this.#velocity[i]!
    }
    this.#iteration++
    return 'running'
  }
}

/**
 * The samples of iteration t: all in their order when `batchSize` is 0. Otherwise, with ⌈N/B⌉ batches an
 * epoch, slice [b B, (b + 1) B) of epoch e's order, which is the permutation of stream `training/order`, item e;
 * the last slice of an epoch may be short.
 */
export function batchIndices(
  options: Pick<TrainerOptions, 'data' | 'batchSize' | 'seed'>,
  t: number,
): Int32Array {
  const { batchSize, seed } = options
  const { samples } = options.data
  if (batchSize === 0) return Int32Array.from({ length: samples }, (_, n) => n)
  const batchesPerEpoch = Math.ceil(samples / batchSize)
  const epoch = Math.floor(t / batchesPerEpoch)
  const batch = t % batchesPerEpoch
  const order = permutation(seed, 'training/order', epoch, samples)
  return order.slice(batch * batchSize, (batch + 1) * batchSize)
}

function recordOf(
  options: TrainerOptions,
  network: NativeNetwork,
  t: number,
  current: Objective,
  gradientNorm: number,
): NativeTrainingRecord {
  const { gradient: _, ...losses } = current
  const clean = lossAndAccuracy(network, options.data)
  return {
    iteration: t,
    // The record at T has the last iteration's rate.
    learningRate: options.learningRates[Math.min(t, options.learningRates.length - 1)] ?? 0,
    ...losses,
    gradientNorm,
    cleanLoss: clean.loss,
    cleanAccuracy: clean.accuracy,
    probeProducts: probeProducts(network, options.probes),
  }
}

/** ⟨w_f, probe_r⟩, f × r, for r probes of d numbers. */
export function probeProducts(network: NativeNetwork, probes: Float64Array): Float64Array {
  const { dimension } = network
  const filters = network.classes * network.filtersPerClass
  const count = probes.length / dimension
  const weights = Float64Array.from(network.weights)
  const products = new Float64Array(filters * count)
  for (let f = 0; f < filters; f++) {
    for (let r = 0; r < count; r++) {
      products[f * count + r] = inner(row(weights, f, dimension), row(probes, r, dimension))
    }
  }
  return products
}
