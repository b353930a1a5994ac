import type { Case } from '../../cases/cases.js'
import type { Problem } from '../../cases/problem-folder.js'
import type { Contender } from '../contender.js'
import type { Tensor, TensorFlow } from './library.js'
import { oneHotOf } from './one-hot.js'

/** The step as an ordinary user writes it: the loss in plain operations, everything else by autodiff. */
export function ordinary(tf: TensorFlow, { shape, step, ...rest }: Case, problem: Problem): Contender {
  const { samples, patches, dimension, classes, filtersPerClass } = shape
  const { attack } = step
  const { learningRate, radius } = rest
  const inputs = tf.tensor(problem.inputs, [samples, patches, dimension])
  const labels = tf.tensor(oneHotOf(problem.labels, classes), [samples, classes])
  const initial = tf.tensor(problem.weights, [classes * filtersPerClass, dimension])
  const weights = tf.variable(initial)
  const optimizer = tf.train.sgd(learningRate)

  function lossOf(x: Tensor): Tensor {
    const z = tf.matMul(tf.reshape(x, [samples * patches, dimension]), weights, false, true)
    const powered = tf.div(tf.pow(tf.clipByValue(z, 0, 1), 3), 3)
    const activated = tf.add(powered, tf.relu(tf.sub(z, 1)))
    const logits = tf.sum(tf.reshape(activated, [samples, patches, classes, filtersPerClass]), [1, 3])
    return tf.losses.softmaxCrossEntropy(labels, logits)
  }

  function unit(gradient: Tensor): Tensor {
    const norm = tf.sqrt(tf.sum(tf.square(gradient), 2, true))
    return tf.div(gradient, tf.maximum(norm, 1e-12))
  }

  function project(delta: Tensor): Tensor {
    if (attack?.norm === 'linf') return tf.clipByValue(delta, -radius, radius)
    const norm = tf.sqrt(tf.sum(tf.square(delta), 2, true))
    return tf.mul(delta, tf.minimum(tf.div(tf.scalar(radius), tf.maximum(norm, 1e-12)), 1))
  }

  function attacked(): Tensor {
    if (attack === undefined) return inputs
    const size = attack.steps === 1 ? radius : (2.5 * radius) / attack.steps
    const gradientOf = tf.grad((delta) => lossOf(tf.add(inputs, delta)))
    let delta = tf.zerosLike(inputs)
    for (let ascent = 0; ascent < attack.steps; ascent++) {
      const next = tf.tidy(() => {
        const gradient = gradientOf(delta)
        const direction = attack.norm === 'linf' ? tf.sign(gradient) : unit(gradient)
        return project(tf.add(delta, tf.mul(direction, size)))
      })
      delta.dispose()
      delta = next
    }
    return tf.add(inputs, delta)
  }

  function update(returnCost: boolean): Tensor | null {
    return tf.tidy(() => {
      const x = attacked()
      return optimizer.minimize(() => lossOf(x), returnCost, [weights])
    })
  }

  return {
    async losses(steps) {
      weights.assign(initial)
      if (!step.updates) return [await numberOf(tf.tidy(() => lossOf(inputs)))]
      const losses: number[] = []
      for (let i = 0; i < steps; i++) losses.push(await numberOf(update(true)))
      return losses
    },
    async run(repetitions) {
      weights.assign(initial)
      if (step.updates) {
        for (let i = 0; i < repetitions; i++) update(false)
        await weights.data()
        return
      }
      for (let i = 0; i < repetitions; i++) await numberOf(tf.tidy(() => lossOf(inputs)))
    },
  }
}

async function numberOf(scalar: Tensor | null): Promise<number> {
  const [value] = Array.from((await scalar?.data()) ?? [])
  scalar?.dispose()
  return value ?? Number.NaN
}
