import { openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { kernelFunctions } from './kernels.mjs'
import { methodsOf } from './methods.mjs'
import {
  activation,
  advanceOptions,
  execution,
  floats,
  gradientAttack,
  indices,
  int32,
  number,
  stretch,
} from './parts.mjs'

/** The functions of the core, each with arguments that are right, of shapes drawn anew. */
export function coreFunctions(addon, errorClass) {
  const descriptor = openSync(fileURLToPath(import.meta.url), 'r')

  function shape(draw) {
    return {
      Type: draw.pick([Float32Array, Float64Array]),
      classes: draw.size(2, 4),
      filtersPerClass: draw.size(1, 4),
      dimension: draw.size(1, 20),
      patches: draw.size(1, 3),
      samples: draw.size(0, 5),
      overlapping: draw.happens(0.2),
    }
  }

  function dataOptions(draw, { Type, classes, dimension, patches, samples, overlapping }) {
    const inputSize = overlapping ? draw.size(1, patches * dimension) : patches * dimension
    return {
      samples,
      patches,
      dimension,
      classes,
      inputSize,
      inputs: floats(draw, Type, samples * inputSize),
      labels: int32(draw, samples, classes - 1),
      ...(overlapping ? { layout: int32(draw, patches * dimension, inputSize - 1) } : {}),
    }
  }

  function network(draw, { Type, classes, filtersPerClass, dimension }) {
    return {
      classes,
      filtersPerClass,
      dimension,
      activation: activation(draw),
      weights: floats(draw, Type, classes * filtersPerClass * dimension),
    }
  }

  function attacks(draw, { overlapping, classes, dimension }) {
    const count = classes * dimension
    const aligned = () => ({
      kind: 'featureAligned',
      norm: draw.pick(['l2', 'linf']),
      budget: draw.pick(['patch', 'input']),
      radius: draw.between(0, 2),
      splits: draw.size(2, 4),
      selection: draw.pick(['shared', 'perPatch']),
      robustFeatures: floats(draw, Float64Array, count),
      nonRobustFeatures: floats(draw, Float64Array, count),
    })
    const budget = overlapping ? 'input' : draw.pick(['patch', 'input'])
    const ascent = () => ({
      ...gradientAttack(draw),
      budget,
      surrogateSlope: draw.pick([0, 0.1]),
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
      ...(draw.happens(0.5) ? { space: draw.pick(['auto', 'direct']) } : {}),
    })
    return Array.from({ length: draw.size(0, 2) }, () =>
      !overlapping && draw.happens(0.3) ? aligned() : ascent(),
    )
  }

  /** Network, data and shape that belong together. */
  function problem(draw, changes = {}) {
    const drawn = { ...shape(draw), ...changes }
    const options = dataOptions(draw, drawn)
    return { drawn, options, network: network(draw, drawn), data: new addon.PatchData(options) }
  }

  function trainerOptions(draw) {
    const { drawn, network, data } = problem(draw, { samples: draw.size(1, 5) })
    const rates = draw.size(0, 3)
    return {
      network,
      data,
      attacks: attacks(draw, drawn).slice(0, 1),
      cleanWeight: draw.between(0, 1),
      learningRates: new Float64Array(rates).fill(0.1),
      momentum: draw.between(0, 1),
      batchSize: draw.size(0, 4),
      seed: number(draw),
      recordEvery: draw.size(1, 2),
      probes: floats(draw, Float64Array, draw.size(0, 2) * drawn.dimension),
      iteration: draw.size(0, rates),
      ...(draw.happens(0.5) ? { velocity: floats(draw, drawn.Type, network.weights.length) } : {}),
    }
  }

  function sampleOptions(draw) {
    const classes = draw.size(2, 4)
    const dimension = draw.size(2 * classes, 16)
    const strength = () => ({ low: draw.between(0, 1), high: draw.between(1, 2) })
    return {
      precision: draw.pick(['float32', 'float64']),
      samples: draw.size(0, 5),
      classes,
      dimension,
      robustPatches: draw.size(1, 2),
      nonRobustPatches: draw.size(0, 2),
      robustStrength: strength(),
      nonRobustStrength: strength(),
      noise: draw.between(0, 1),
      robustFeatures: floats(draw, Float64Array, classes * dimension),
      nonRobustFeatures: floats(draw, Float64Array, classes * dimension),
      shuffled: draw.happens(0.5),
      parts: draw.pick(['all', 'robust', 'nonRobust']),
      seed: number(draw),
      stream: draw.text(),
      ...execution(draw, addon),
    }
  }

  const perturbationOf = (draw, { options: { inputs } }) =>
    draw.happens(0.5) ? undefined : floats(draw, inputs.constructor, inputs.length)
  const patchData = (draw) => problem(draw).data
  const trainer = (draw) => new addon.Trainer(trainerOptions(draw))

  const functions = [
    {
      name: 'samplePatchData',
      weight: 3,
      make: (draw) => [sampleOptions(draw)],
      call: addon.samplePatchData,
    },
    {
      name: 'forward',
      weight: 4,
      make: (draw) => {
        const made = problem(draw)
        return [made.network, made.data, perturbationOf(draw, made), execution(draw, addon)]
      },
      call: addon.forward,
    },
    {
      name: 'gradients',
      weight: 4,
      make: (draw) => {
        const made = problem(draw)
        const request = {
          loss: draw.pick(['crossEntropy', 'margin']),
          surrogateSlope: draw.pick([0, 0.1]),
          weights: draw.happens(0.5),
          inputs: draw.happens(0.5),
        }
        const perturbation = perturbationOf(draw, made)
        return [made.network, made.data, perturbation, { ...request, ...execution(draw, addon) }]
      },
      call: addon.gradients,
    },
    {
      name: 'attack',
      weight: 4,
      make: (draw) => {
        const { drawn, network, data } = problem(draw)
        const options = { seed: number(draw), round: draw.size(0, 9), keepPerturbations: draw.happens(0.5) }
        return [network, data, attacks(draw, drawn), { ...options, ...execution(draw, addon) }]
      },
      call: addon.attack,
    },
    {
      name: 'certify',
      weight: 2,
      make: (draw) => {
        const { network, data } = problem(draw, { overlapping: false, samples: draw.size(0, 2) })
        const request = {
          norm: draw.pick(['l2', 'linf']),
          budget: draw.pick(['patch', 'input']),
          radius: draw.between(0, 1),
          effort: draw.size(0, 20),
        }
        return [network, data, { ...request, ...execution(draw, addon) }]
      },
      call: addon.certify,
    },
    { name: 'tryLock', weight: 1, make: () => [descriptor], call: addon.tryLock },
    ...kernelFunctions(addon),
  ]

  const classes = [
    {
      name: 'PatchData',
      weight: 4,
      Class: addon.PatchData,
      make: (draw) => [dataOptions(draw, shape(draw))],
      instance: patchData,
      methods: {
        inputs: stretch,
        labels: () => [],
        select: (draw, data) => [indices(draw, data)],
        toDouble: () => [],
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
        weights: () => [],
        velocity: () => [],
      },
    },
  ]

  return {
    functions: [...functions, ...methodsOf(addon, classes, errorClass)],
    reenter: () => {
      addon.kernels.norm('l2', new Float32Array(3))
      new addon.PatchData({
        ...{ samples: 1, patches: 1, dimension: 2, classes: 2, inputSize: 2 },
        ...{ inputs: new Float32Array(2), labels: Int32Array.of(1) },
      }).select(Int32Array.of(0, 0))
    },
    more: [patchData, trainer, () => new addon.Cancellation()],
    bounded: new Set(['effort', 'samples']),
  }
}
