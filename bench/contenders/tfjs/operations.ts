import type { Shape } from '../../cases/cases.js'
import type { Backend, Tensor, TensorFlow } from './library.js'

/** What the backends do at very different speeds, each in the way that was fastest when measured. */
export interface Operations {
  readonly samplesPerTile: number
  /** B of A·Bᵀ in the layout that `timesTransposed` takes. */
  rightOperand(b: Tensor): Tensor
  /** A·Bᵀ, with B as `rightOperand` gave it. */
  timesTransposed(a: Tensor, rightOperand: Tensor): Tensor
  /** Aᵀ·B. */
  transposedTimes(a: Tensor, b: Tensor): Tensor
  /** Every row times its number in a column. */
  scaleRows(x: Tensor, column: Tensor): Tensor
  /** Sums of squares along rows, as a column. */
  squaredNorms(x: Tensor): Tensor
  /** Sums (samples × k) of A (rows × k·m) over the patches of a sample and the filters of a class. */
  classSums(a: Tensor, samples: number): Tensor
  /** A (rows × k·m) times, in each row, its sample's number (samples × k) of the filter's class. */
  timesOfClass(a: Tensor, ofClass: Tensor, samples: number): Tensor
}

/**
 * Rows of a tile. Measured from 250 to 64,000: cpu and wasm are fastest, by up to a third, where a tile's
 * tensors stay in L2; for node a call costs more, so that small problems are best in one piece.
 */
const rowsPerTile: Readonly<Record<Backend, number>> = { cpu: 1000, wasm: 1000, node: 10_000 }

/** The operations of a backend for one shape. */
export function operationsFor(tf: TensorFlow, backend: Backend, shape: Shape): Operations {
  const { patches, dimension, classes, filtersPerClass } = shape
  const filters = classes * filtersPerClass
  const onesRow = tf.ones([1, dimension])
  const onesColumn = tf.ones([dimension, 1])
  const [toFilters, toPatchesAndFilters] = [spread(1), spread(patches)]
  const fromPatchesAndFilters = tf.transpose(toPatchesAndFilters)

  return {
    samplesPerTile: Math.max(1, Math.round(rowsPerTile[backend] / patches)),
    // wasm has vector code for A·B alone: with a transposed operand it is 10 times slower.
    rightOperand: (b) => (backend === 'wasm' ? tf.transpose(b) : b),
    timesTransposed: (a, right) =>
      backend === 'wasm' ? tf.matMul(a, right) : tf.matMul(a, right, false, true),
    transposedTimes: (a, b) =>
      backend === 'wasm' ? tf.matMul(tf.transpose(a), b) : tf.matMul(a, b, true, false),
    // cpu walks a broadcast by index vectors, 5 times slower than an outer product and a plain `mul`.
    scaleRows: (x, column) => tf.mul(x, backend === 'cpu' ? tf.matMul(column, onesRow) : column),
    squaredNorms: (x) =>
      backend === 'wasm' && dimension > 256
        ? tf.matMul(tf.square(x), onesColumn)
        : tf.sum(tf.square(x), 1, true),
    classSums(a, samples) {
      // One long product is the fastest, but that of oneDNN is too inexact: it turns signs of gradients.
      if (backend === 'node') {
        const overPatches = tf.sum(tf.reshape(a, [samples, patches, filters]), 1)
        return tf.matMul(overPatches, toFilters, false, true)
      }
      return tf.matMul(tf.reshape(a, [samples, patches * filters]), fromPatchesAndFilters)
    },
    timesOfClass(a, ofClass, samples) {
      if (backend === 'cpu') {
        return tf.mul(a, tf.reshape(tf.matMul(ofClass, toPatchesAndFilters), [samples * patches, filters]))
      }
      const ofFilter = tf.reshape(tf.matMul(ofClass, toFilters), [samples, 1, filters])
      const product = tf.mul(tf.reshape(a, [samples, patches, filters]), ofFilter)
      return tf.reshape(product, [samples * patches, filters])
    },
  }

  function spread(copies: number): Tensor {
    const values = new Float32Array(classes * copies * filters)
    for (let i = 0; i < classes; i++) {
      for (let copy = 0; copy < copies; copy++) {
        const start = (i * copies + copy) * filters + i * filtersPerClass
        values.fill(1, start, start + filtersPerClass)
      }
    }
    return tf.tensor(values, [classes, copies * filters])
  }
}
