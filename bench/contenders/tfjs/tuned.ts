import type { Case } from '../../cases/cases.js'
import type { Problem } from '../../cases/problem-folder.js'
import type { Contender } from '../contender.js'
import type { Backend, Tensor, TensorFlow } from './library.js'
import { oneHotOf } from './one-hot.js'
import { operationsFor } from './operations.js'

/** Samples that go through a step together: inputs (rows × d) and labels, one-hot (samples × k). */
interface Tile {
  readonly inputs: Tensor
  readonly labels: Tensor
  readonly samples: number
}

/** Filters (k·m × d), once more as a right operand, and a multiple of them for ascent directions. */
interface Weights {
  readonly filters: Tensor
  readonly right: Tensor
  readonly ascent: Tensor
}

/** A pass over a tile: σ' of every product (rows × k·m) and F (samples × k). */
interface Pass {
  readonly slopes: Tensor
  readonly logits: Tensor
}

/** A step with hand-written gradients, tile by tile, so that what a tile needs stays in the cache. */
export function tuned(tf: TensorFlow, backend: Backend, benchmark: Case, problem: Problem): Contender {
  const { shape, step, learningRate, radius } = benchmark
  const { samples, patches, dimension, classes, filtersPerClass } = shape
  const { attack } = step
  const filterCount = classes * filtersPerClass
  const operations = operationsFor(tf, backend, shape)
  // Only the direction counts. A power of two keeps squared norms out of the denormal numbers; for the
  // sign two of them, before and after the product, lift every number but zero beyond the step's size,
  // so that a clip is the sign: on wasm `sign` itself is 10 times slower, and 0 for anything below 1e-7.
  const ascentScale = attack?.norm === 'linf' ? 2 ** 100 : 2 ** 50
  const lift = tf.scalar(2 ** 100)
  const stepSize = attack === undefined || attack.steps === 1 ? radius : (2.5 * radius) / attack.steps
  const one = tf.scalar(1)
  const third = tf.scalar(1 / 3)
  const size = tf.scalar(stepSize)
  const ball = tf.scalar(radius)
  const smallest = tf.scalar(2 ** -126)
  const rate = tf.scalar(learningRate / samples)
  const tiles = tilesOf(operations.samplesPerTile)
  const initial = prepared(tf.tensor(problem.weights, [filterCount, dimension]))

  return {
    settings: { rowsPerTile: operations.samplesPerTile * patches },
    async losses(steps) {
      if (!step.updates) return [await cleanLoss()]
      const losses: number[] = []
      let weights = copyOf(initial)
      for (let i = 0; i < steps; i++) {
        const [next, loss] = update(weights, true)
        losses.push(await mean(loss))
        dispose(weights)
        weights = next
      }
      dispose(weights)
      return losses
    },
    async run(repetitions) {
      if (!step.updates) {
        for (let i = 0; i < repetitions; i++) await cleanLoss()
        return
      }
      let weights = copyOf(initial)
      for (let i = 0; i < repetitions; i++) {
        const [next] = update(weights, false)
        dispose(weights)
        weights = next
      }
      await weights.filters.data()
      dispose(weights)
    },
  }

  /** The weights after one step, and the loss before it where it is wanted. */
  function update(weights: Weights, wantsLoss: boolean): [Weights, Tensor | undefined] {
    const parts = tiles.map((tile) => tf.tidy(() => gradientOf(tile, weights, wantsLoss)))
    const gradients = parts.map(([gradient]) => gradient)
    const losses = parts.flatMap(([, loss]) => (loss === undefined ? [] : [loss]))
    const next = tf.tidy(() => prepared(tf.sub(weights.filters, tf.mul(tf.addN(gradients), rate))))
    const loss = wantsLoss ? tf.addN(losses) : undefined
    for (const tensor of [...gradients, ...losses]) tensor.dispose()
    return [next, loss]
  }

  function gradientOf(tile: Tile, weights: Weights, wantsLoss: boolean): [Tensor, Tensor | undefined] {
    const products = operations.timesTransposed(tile.inputs, weights.right)
    const delta = attack && perturbation(tile, weights, products, attack.steps)
    const inputs = delta ? tf.add(tile.inputs, delta) : tile.inputs
    const pass = forward(delta ? moved(products, delta, weights) : products, tile.samples)
    const gradient = operations.transposedTimes(backward(pass, tile), inputs)
    return [gradient, wantsLoss ? lossOf(pass, tile) : undefined]
  }

  /** δ (rows × d) after the ascent steps; `products` are those of the clean inputs. */
  function perturbation(tile: Tile, weights: Weights, products: Tensor, steps: number): Tensor {
    let delta: Tensor | undefined
    for (let ascent = 1; ascent <= steps; ascent++) {
      // The ball cannot be left before.
      const leaves = ascent * stepSize > radius * (1 + 1e-6)
      const next = tf.tidy(() => {
        const pass = forward(delta ? moved(products, delta, weights) : products, tile.samples)
        const gradient = tf.matMul(backward(pass, tile), weights.ascent)
        const taken =
          attack?.norm === 'linf'
            ? tf.clipByValue(tf.mul(gradient, lift), -stepSize, stepSize)
            : operations.scaleRows(gradient, tf.mul(inverseNorms(gradient), size))
        const sum = delta ? tf.add(delta, taken) : taken
        return leaves ? project(sum) : sum
      })
      delta?.dispose()
      delta = next
    }
    return delta ?? tf.zerosLike(tile.inputs)
  }

  function project(delta: Tensor): Tensor {
    if (attack?.norm === 'linf') return tf.clipByValue(delta, -radius, radius)
    return operations.scaleRows(delta, tf.minimum(tf.mul(inverseNorms(delta), ball), one))
  }

  function inverseNorms(x: Tensor): Tensor {
    return tf.rsqrt(tf.maximum(operations.squaredNorms(x), smallest))
  }

  function moved(products: Tensor, delta: Tensor, weights: Weights): Tensor {
    return tf.add(products, operations.timesTransposed(delta, weights.right))
  }

  /** With c = clamp(z, 0, 1): σ' = c² and σ = c³ / 3 + (max(z, 0) − c), summed over patches and filters. */
  function forward(z: Tensor, count: number): Pass {
    const positive = tf.relu(z)
    const clamped = tf.minimum(positive, one)
    const slopes = tf.square(clamped)
    const cubic = tf.mul(slopes, clamped)
    const excess = tf.sub(positive, clamped)
    const cubicSums = tf.mul(operations.classSums(cubic, count), third)
    const logits = tf.add(operations.classSums(excess, count), cubicSums)
    return { slopes, logits }
  }

  /** The gradient of the samples' losses with respect to the products (rows × k·m). */
  function backward({ slopes, logits }: Pass, { labels, samples: count }: Tile): Tensor {
    return operations.timesOfClass(slopes, tf.sub(tf.softmax(logits), labels), count)
  }

  function lossOf({ logits }: Pass, { labels }: Tile): Tensor {
    return tf.sub(tf.sum(tf.logSumExp(logits, 1)), tf.sum(tf.mul(logits, labels)))
  }

  function cleanLoss(): Promise<number> {
    const losses = tiles.map((tile) =>
      tf.tidy(() =>
        lossOf(forward(operations.timesTransposed(tile.inputs, initial.right), tile.samples), tile),
      ),
    )
    const loss = tf.addN(losses)
    for (const tensor of losses) tensor.dispose()
    return mean(loss)
  }

  async function mean(loss: Tensor | undefined): Promise<number> {
    const [value] = Array.from((await loss?.data()) ?? [])
    loss?.dispose()
    return (value ?? Number.NaN) / samples
  }

  function prepared(filters: Tensor): Weights {
    return {
      filters,
      right: operations.rightOperand(filters),
      ascent: tf.mul(filters, tf.scalar(ascentScale)),
    }
  }

  function copyOf(weights: Weights): Weights {
    return tf.tidy(() => prepared(tf.add(weights.filters, tf.zerosLike(weights.filters))))
  }

  function dispose({ filters, right, ascent }: Weights): void {
    for (const tensor of new Set([filters, right, ascent])) tensor.dispose()
  }

  function tilesOf(samplesPerTile: number): Tile[] {
    const tiles: Tile[] = []
    const perSample = patches * dimension
    for (let start = 0; start < samples; start += samplesPerTile) {
      const end = Math.min(samples, start + samplesPerTile)
      const count = end - start
      tiles.push({
        inputs: tf.tensor(problem.inputs.slice(start * perSample, end * perSample), [
          count * patches,
          dimension,
        ]),
        labels: tf.tensor(oneHotOf(problem.labels.slice(start, end), classes), [count, classes]),
        samples: count,
      })
    }
    return tiles
  }
}
