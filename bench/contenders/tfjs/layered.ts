import type { ImageCase } from '../../cases/image-cases.js'
import type { ImageProblem } from '../../cases/image-problem.js'
import type { Contender } from '../contender.js'
import type { Backend, Tensor, TensorFlow, Variable } from './library.js'
import { oneHotOf } from './one-hot.js'

/** Inputs, outputs, window, stride: first convolution, then block by block shortcut, if any, and body. */
const CONVOLUTIONS = [
  [3, 16, 3, 1],
  [16, 16, 3, 1],
  [16, 16, 3, 1],
  [16, 32, 1, 2],
  [16, 32, 3, 2],
  [32, 32, 3, 1],
  [32, 64, 1, 2],
  [32, 64, 3, 2],
  [64, 64, 3, 1],
] as const
const BLOCKS = [
  [undefined, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
] as const
const MOMENTUM = 0.1
const EPSILON = 1e-5

type Layer = (index: number, value: Tensor) => Tensor
type Convolve = (x: Tensor, weights: Tensor, stride: number) => Tensor

interface Statistics {
  readonly mean: Variable
  readonly variance: Variable
}

/** resnet8 by autodiff; the attack sees constant parameters, with batch normalisation folded into them. */
export function layered(
  tf: TensorFlow,
  backend: Backend,
  benchmark: ImageCase,
  problem: ImageProblem,
): Contender {
  const { shape, step, normalization, learningRate, momentum, weightDecay, radius, stepSize } = benchmark
  const { samples, height, width, channels, classes } = shape
  const ofKernels = convolutionOf(tf, (x, weights, stride) => tf.conv2d(x, weights, stride, 'valid'))
  const convolve = backend === 'wasm' ? convolutionOf(tf, convolutionOfProducts(tf)) : ofKernels
  const imageShape = [samples, height, width, channels]
  const images = tf.tensor(
    Float32Array.from(problem.images, (byte) => byte / 255),
    imageShape,
  )
  const labels = tf.tensor(oneHotOf(Int32Array.from(problem.labels), classes), [samples, classes])
  const mean = tf.tensor(Float32Array.from(normalization.mean), [channels])
  const deviation = tf.tensor(Float32Array.from(normalization.deviation), [channels])
  const initial = parametersOf(tf, problem.parameters)
  const parameters = initial.map((part) => tf.variable(part))
  const velocities = initial.map((part) => tf.variable(tf.zerosLike(part)))
  const statistics: Statistics[] = CONVOLUTIONS.map(([, outputs]) => ({
    mean: tf.variable(tf.zerosLike(tf.ones([outputs]))),
    variance: tf.variable(tf.ones([outputs])),
  }))

  const part = (index: number): Variable => {
    const found = parameters[index]
    if (found === undefined) throw new Error(`Expected ${index} parameters.`)
    return found
  }

  function scoresOf(x: Tensor, layer: Layer): Tensor {
    let value = tf.relu(layer(0, tf.div(tf.sub(x, mean), deviation)))
    for (const [shortcut, first, second] of BLOCKS) {
      const body = layer(second, tf.relu(layer(first, value)))
      value = tf.relu(tf.add(body, shortcut === undefined ? value : layer(shortcut, value)))
    }
    const dense = parameters.length - 2
    return tf.add(tf.matMul(tf.mean(value, [1, 2]), part(dense), false, true), part(dense + 1))
  }

  function lossOf(scores: Tensor): Tensor {
    return tf.losses.softmaxCrossEntropy(labels, scores)
  }

  /** With the statistics of the mini-batch, which move the running ones. */
  function training(index: number, value: Tensor): Tensor {
    const [weights, scales, shifts] = [part(3 * index), part(3 * index + 1), part(3 * index + 2)]
    const response = convolve(value, weights, CONVOLUTIONS[index]?.[3] ?? 1)
    const center = tf.mean(response, [0, 1, 2])
    const centered = tf.sub(response, center)
    const variance = tf.mean(tf.square(centered), [0, 1, 2])
    const count = response.shape.slice(0, 3).reduce((product, size) => product * size, 1)
    const running = statistics[index]
    running?.mean.assign(tf.add(tf.mul(running.mean, 1 - MOMENTUM), tf.mul(center, MOMENTUM)))
    running?.variance.assign(
      tf.add(tf.mul(running.variance, 1 - MOMENTUM), tf.mul(variance, (MOMENTUM * count) / (count - 1))),
    )
    return tf.add(tf.mul(centered, tf.mul(scales, tf.rsqrt(tf.add(variance, EPSILON)))), shifts)
  }

  function attacked(): Tensor {
    if (step.attack === undefined) return images
    const folded = statistics.map((running, index) => {
      const factors = tf.mul(part(3 * index + 1), tf.rsqrt(tf.add(running.variance, EPSILON)))
      return [
        tf.mul(part(3 * index), factors),
        tf.sub(part(3 * index + 2), tf.mul(running.mean, factors)),
      ] as const
    })
    const layer: Layer = (index, value) => {
      const [weights, biases] = folded[index] ?? []
      if (weights === undefined || biases === undefined) throw new Error(`Expected a layer ${index}.`)
      return tf.add(ofKernels(value, weights, CONVOLUTIONS[index]?.[3] ?? 1), biases)
    }
    const gradientOf = tf.grad((shift) => lossOf(scoresOf(tf.add(images, shift), layer)))
    // Every number but zero is lifted beyond the step's size, so that a clip is the sign; see tuned.ts.
    const lift = tf.scalar(2 ** 100)
    let shift = tf.zerosLike(images)
    for (let ascent = 0; ascent < step.attack.steps; ascent++) {
      const next = tf.tidy(() => {
        const direction = tf.clipByValue(tf.mul(gradientOf(shift), lift), -stepSize, stepSize)
        const moved = tf.clipByValue(tf.add(shift, direction), -radius, radius)
        return tf.sub(tf.clipByValue(tf.add(images, moved), 0, 1), images)
      })
      shift.dispose()
      shift = next
    }
    return tf.add(images, shift)
  }

  function update(): Tensor {
    return tf.tidy(() => {
      const x = attacked()
      const { value, grads } = tf.variableGrads(() => lossOf(scoresOf(x, training)), parameters)
      parameters.forEach((parameter, index) => {
        const velocity = velocities[index]
        const gradient = grads[parameter.name]
        if (velocity === undefined || gradient === undefined) throw new Error('Expected a gradient.')
        const decayed = tf.add(gradient, tf.mul(parameter, weightDecay))
        velocity.assign(tf.add(tf.mul(velocity, momentum), decayed))
        parameter.assign(tf.sub(parameter, tf.mul(velocity, learningRate)))
      })
      return value
    })
  }

  function reset(): void {
    tf.tidy(() => {
      parameters.forEach((parameter, index) => {
        parameter.assign(tf.add(initial[index] as Tensor, 0))
        velocities[index]?.assign(tf.zerosLike(parameter))
      })
      for (const running of statistics) {
        running.mean.assign(tf.zerosLike(running.mean))
        running.variance.assign(tf.add(tf.zerosLike(running.variance), 1))
      }
    })
  }

  return {
    settings: { filterGradient: backend === 'wasm' ? 'one product for each place of the window' : 'kernel' },
    async losses(steps) {
      reset()
      const losses: number[] = []
      for (let i = 0; i < steps; i++) {
        const loss = update()
        losses.push((await loss.data())[0] ?? Number.NaN)
        loss.dispose()
      }
      return losses
    },
    async parameters() {
      const parts = parameters.map((parameter) =>
        tf.tidy(() =>
          parameter.shape.length === 4 ? tf.transpose(parameter, [3, 2, 0, 1]) : tf.add(parameter, 0),
        ),
      )
      const numbers: number[] = []
      for (const tensor of parts) {
        for (const number of Array.from(await tensor.data())) numbers.push(number)
        tensor.dispose()
      }
      return Float32Array.from(numbers)
    },
    async run(repetitions) {
      reset()
      for (let i = 0; i < repetitions; i++) update().dispose()
      await part(0).data()
    },
  }
}

/** Weights as window × window × inputs × outputs, scales and shifts by convolution; then the dense layer's. */
function parametersOf(tf: TensorFlow, numbers: Float32Array): Tensor[] {
  let first = 0
  const take = (shape: readonly number[]) => {
    const last = first + shape.reduce((product, size) => product * size, 1)
    const taken = tf.tensor(numbers.slice(first, last), shape)
    first = last
    return taken
  }
  return [
    ...CONVOLUTIONS.flatMap(([inputs, outputs, window]) => [
      tf.transpose(take([outputs, inputs, window, window]), [2, 3, 1, 0]),
      take([outputs]),
      take([outputs]),
    ]),
    take([10, 64]),
    take([10]),
  ]
}

/** TensorFlow pads on all sides alike for a stride of 1 only, so that zeros are put around the image first. */
function convolutionOf(tf: TensorFlow, convolve: Convolve): Convolve {
  return (x, weights, stride) => {
    const width = Math.floor((weights.shape[0] ?? 1) / 2)
    const around = [
      [0, 0],
      [width, width],
      [width, width],
      [0, 0],
    ] as const
    return convolve(width === 0 ? x : tf.pad(x, around), weights, stride)
  }
}

/**
 * The wasm backend has no kernel for the gradient by a filter: here it is, for each place of the window, a product of
 * the image's numbers there and the gradient by the result.
 */
function convolutionOfProducts(tf: TensorFlow): Convolve {
  return (input, filter, stride) =>
    tf.customGrad((x, weights, save) => {
      save([x, weights])
      const gradFunc = (gradient: Tensor, [values, filters]: readonly [Tensor, Tensor]): Tensor[] => {
        const [samples = 0, height = 0, width = 0, outputs = 0] = gradient.shape
        const [window = 0, , inputs = 0] = filters.shape
        const rows = samples * height * width
        const flat = tf.reshape(gradient, [rows, outputs])
        const places = Array.from({ length: window * window }, (_, place) => {
          const [row, column] = [Math.floor(place / window), place % window]
          const seen = tf.stridedSlice(
            values,
            [0, row, column, 0],
            [samples, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1, inputs],
            [1, stride, stride, 1],
          )
          return tf.matMul(tf.reshape(seen, [rows, inputs]), flat, true)
        })
        const ofFilters = tf.reshape(tf.stack(places), [window, window, inputs, outputs])
        return [tf.conv2dTranspose(gradient, filters, values.shape, stride, 'valid'), ofFilters]
      }
      return { value: tf.conv2d(x, weights, stride, 'valid'), gradFunc }
    })(input, filter)
}
