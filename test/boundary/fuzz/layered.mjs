import { anyArchitecture } from './architectures.mjs'
import { methodsOf } from './methods.mjs'
import {
  advanceOptions,
  execution,
  floats,
  gradientAttack,
  indices,
  int32,
  number,
  stretch,
} from './parts.mjs'

/** The functions of layered networks, each with arguments that are right, of architectures drawn anew. */
export function layeredFunctions(addon, errorClass) {
  function network(draw, architecture = anyArchitecture(draw)) {
    const ranges = addon.layout(architecture)
    const { weights, weightCount, biasCount, statistics, statisticCount } = ranges.at(-1)
    return {
      architecture,
      parameters: floats(draw, Float32Array, weights + weightCount + biasCount),
      statistics: floats(draw, Float32Array, statistics + statisticCount).map(Math.abs),
    }
  }

  function imageOptions(draw, { height, width, channels }, least = 0) {
    const samples = draw.size(least, 4)
    return {
      ...{ samples, height, width, channels, classes: draw.size(2, 3) },
      images: new Uint8Array(samples * height * width * channels).map((_, i) => (i * 37 + samples) % 256),
      labels: int32(draw, samples, 1),
    }
  }

  function problem(draw, least) {
    const made = network(draw)
    const options = imageOptions(draw, made.architecture, least)
    return { network: made, options, data: new addon.ImageData(options) }
  }

  function attacks(draw) {
    return Array.from({ length: draw.size(0, 2) }, () => gradientAttack(draw))
  }

  function optimizer(draw) {
    const weightDecay = draw.pick([0, 0.01])
    return draw.happens(0.5)
      ? { kind: 'sgd', momentum: draw.between(0, 1), nesterov: draw.happens(0.5), weightDecay }
      : { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay }
  }

  function trainerOptions(draw) {
    const { network, data } = problem(draw, 1)
    const rates = draw.size(0, 2)
    const chosen = optimizer(draw)
    const moments = (chosen.kind === 'sgd' ? 1 : 2) * network.parameters.length
    return {
      network,
      data,
      attacks: attacks(draw).slice(0, 1),
      cleanWeight: draw.between(0, 1),
      learningRates: new Float64Array(rates).fill(0.01),
      optimizer: chosen,
      batchSize: draw.size(1, 5),
      padding: draw.size(0, 2),
      flip: draw.happens(0.5),
      seed: number(draw),
      recordEvery: draw.size(1, 2),
      iteration: draw.size(0, rates),
      ...(draw.happens(0.5) ? { moments: new Float32Array(moments) } : {}),
      ...(draw.happens(0.5) ? { sums: new Float64Array(6) } : {}),
    }
  }

  const imageFloats = (draw, { options: { images } }) => floats(draw, Float32Array, images.length)
  const perturbation = (draw, made) => (draw.happens(0.5) ? undefined : imageFloats(draw, made))
  const imageData = (draw) => problem(draw).data
  const trainer = (draw) => new addon.Trainer(trainerOptions(draw))

  const functions = [
    { name: 'layout', weight: 6, make: (draw) => [anyArchitecture(draw)], call: addon.layout },
    {
      name: 'forward',
      weight: 4,
      make: (draw) => {
        const made = problem(draw)
        const value = draw.happens(0.3) ? { value: made.network.architecture.operations.length } : {}
        return [made.network, made.data, perturbation(draw, made), { ...value, ...execution(draw, addon) }]
      },
      call: addon.forward,
    },
    {
      name: 'gradients',
      weight: 4,
      make: (draw) => {
        const made = problem(draw, 1)
        const options = { behaviour: draw.pick(['training', 'evaluation']), ...execution(draw, addon) }
        return [made.network, made.data, perturbation(draw, made), options]
      },
      call: addon.gradients,
    },
    {
      name: 'attack',
      weight: 4,
      make: (draw) => {
        const { network, data } = problem(draw)
        const options = {
          ...{ seed: number(draw), round: draw.size(0, 9), keepPerturbations: draw.happens(0.5) },
          ...(draw.happens(0.5)
            ? { stopWhenFooled: draw.happens(0.5) }
            : { stopWhenFooled: false, towardLabels: draw.happens(0.5) }),
        }
        return [network, data, attacks(draw), { ...options, ...execution(draw, addon) }]
      },
      call: addon.attack,
    },
    {
      name: 'match',
      weight: 3,
      make: (draw) => {
        const made = problem(draw)
        const options = {
          value: draw.size(1, made.network.architecture.operations.length),
          steps: draw.size(0, 3),
          stepSize: draw.between(0, 1),
        }
        const starts = imageFloats(draw, made)
        return [made.network, made.data, starts, { ...options, ...execution(draw, addon) }]
      },
      call: addon.match,
    },
  ]

  const classes = [
    {
      name: 'ImageData',
      weight: 4,
      Class: addon.ImageData,
      make: (draw) => [imageOptions(draw, anyArchitecture(draw))],
      instance: imageData,
      methods: {
        images: stretch,
        labels: () => [],
        select: (draw, data) => [indices(draw, data)],
      },
    },
    {
      name: 'Trainer',
      weight: 4,
      Class: addon.Trainer,
      make: (draw) => [trainerOptions(draw)],
      instance: trainer,
      methods: {
        advance: (draw) => [advanceOptions(draw, addon)],
        parameters: () => [],
        statistics: () => [],
        moments: () => [],
        sums: () => [],
      },
    },
  ]

  return {
    functions: [...functions, ...methodsOf(addon, classes, errorClass)],
    reenter: () => {
      const architecture = { height: 2, width: 2, channels: 1, operations: [] }
      addon.layout({ ...architecture, operations: [{ kind: 'dense', input: 0, outputs: 2, bias: true }] })
      const images = { samples: 1, height: 1, width: 1, channels: 1, classes: 2 }
      new addon.ImageData({ ...images, images: Uint8Array.of(1), labels: Int32Array.of(1) }).select(
        Int32Array.of(0, 0),
      )
    },
    more: [imageData, trainer, () => new addon.Cancellation()],
    bounded: new Set(['restarts', 'steps']),
  }
}
