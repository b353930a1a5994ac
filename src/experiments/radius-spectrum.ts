import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { mean } from '../analysis/statistics.js'
import { oneStep } from '../attacks/gradient-ascent.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { featureCoefficients, learnedFeatures } from '../model/feature-coefficients.js'
import { RobustFeaturesError } from '../native/errors.js'
import { adversarial, standard } from '../training/objective.js'
import { atLeast, atMost } from './conditions.js'
import { measureSeeds, noneDiverged } from './divergence.js'
import type { Experiment, ExperimentContext, Scale } from './experiment.js'
import { type SpectrumPoint, spectrumFigures } from './figures/spectrum-figures.js'
import { strongAttacks } from './inner-maximisers.js'
import { reducedPresets } from './reduced-presets.js'
import { attacksAt, type StructuredDataResult } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import { completeSeeds, runVariants, type Variant } from './variants.js'

/** A structured-data preset and the radii to train at: 0 first, ascending, the preset's own among them. */
export interface RadiusSpectrumPreset extends StructuredDataPreset {
  readonly radii: readonly number[]
}

const SOURCE = 'arXiv 2410.08503, behaviour between Theorems 4.3 and 4.4'

const presets: Readonly<Record<Scale, RadiusSpectrumPreset>> = {
  smoke: { ...reducedPresets.smoke, radii: [0, 0.05, 0.75, 2] },
  quick: { ...reducedPresets.quick, radii: [0, 0.05, 0.3, 0.5, 0.75, 1, 2] },
  full: { ...reducedPresets.full, radii: [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.65, 0.75, 0.85, 1, 1.5, 2] },
}

/** From standard training at ε = 0 to radii that leave nothing to learn. */
export const radiusSpectrum: Experiment<RadiusSpectrumPreset> = {
  id: 'radius-spectrum',
  title: 'From standard to adversarial training, radius by radius',
  claim:
    'Adversarial training is standard training at ε = 0, turns to robust features as ε grows, and loses clean accuracy in the end',
  source: SOURCE,
  presets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { preset, seeds } = context
    const runs = await runVariants(context, variantsOf(preset))
    const results = completeSeeds(runs)
    const spectrum: SpectrumPoint[] = []
    let plain: readonly StructuredDataResult[] = []
    let atZero: readonly StructuredDataResult[] = []
    for (const [{ radius }, list] of results) {
      if (radius === undefined) plain = list
      else spectrum.push(await spectrumPoint(context, radius, list))
      if (radius === 0) atZero = list
    }
    const differences = plain.flatMap((result, position) => largestDifference(result, atZero[position]) ?? [])
    return {
      records: records({ preset, seeds }, spectrum, differences),
      flags: runs.flags,
      figures: spectrumFigures(spectrum, preset.radius),
    }
  },
}

interface SpectrumVariant extends Variant {
  /** Absent for standard training. */
  readonly radius?: number
}

function variantsOf(preset: RadiusSpectrumPreset): SpectrumVariant[] {
  return [
    { name: 'standard', objective: standard },
    ...preset.radii.map((radius) => ({
      name: `radius-${radius}`,
      radius,
      preset: { ...preset, radius },
      // On inputs, where ε = 0 changes no bit; arithmetic on coefficients would round elsewhere.
      objective: (distribution: PatchDistribution) =>
        adversarial(strongAttacks(distribution, oneStep({ radius, space: 'direct' }))),
    })),
  ]
}

async function spectrumPoint(
  { preset, threads, signal }: ExperimentContext<RadiusSpectrumPreset>,
  radius: number,
  results: readonly StructuredDataResult[],
): Promise<SpectrumPoint> {
  const fixed: number[] = []
  for (const { seed, distribution, test, trained } of results) {
    const attacks = attacksAt(distribution, preset, preset.radius)
    const { robustAccuracy } = await evaluateRobustness(trained.network, test, {
      attacks,
      seed,
      threads,
      signal,
    })
    fixed.push(robustAccuracy)
  }
  const learned = results.map(({ distribution, trained }) =>
    learnedFeatures(featureCoefficients(trained.network, distribution), distribution.classes),
  )
  return {
    radius,
    clean: results.map(({ robustness }) => robustness.cleanAccuracy),
    attackedAtOwnRadius: results.map(({ robustness }) => robustness.robustAccuracy),
    attackedAtFixedRadius: fixed,
    robustCoefficient: learned.map(({ robust }) => mean(robust)),
    nonRobustCoefficient: learned.map(({ nonRobust }) => mean(nonRobust)),
    nonRobustDominance: results.map(({ nonRobustDominance }) => nonRobustDominance),
  }
}

function largestDifference(a: StructuredDataResult, b: StructuredDataResult | undefined): number | undefined {
  const others = b?.trained.network.weights
  if (others === undefined) return undefined
  const differences = Float64Array.from(a.trained.network.weights, (weight, index) =>
    Math.abs(weight - (others[index] ?? Number.NaN)),
  )
  return differences.reduce((largest, difference) => Math.max(largest, difference), 0)
}

function records(
  { preset, seeds }: Pick<ExperimentContext<RadiusSpectrumPreset>, 'preset' | 'seeds'>,
  spectrum: readonly SpectrumPoint[],
  differences: readonly number[],
): ExperimentRecord[] {
  const id = radiusSpectrum.id
  const common = { experiment: id, source: SOURCE, reported: null, config: { ...preset }, seeds }
  const zero = pointAt(spectrum, 0)
  const small = pointAt(spectrum, preset.radii[1])
  const own = pointAt(spectrum, preset.radius)
  const largest = pointAt(spectrum, preset.radii.at(-1))
  const compare = (a: readonly number[], b: readonly number[], combine: (x: number, y: number) => number) =>
    measureSeeds(a.map((value, position) => combine(value, b[position] ?? Number.NaN)))
  const finished = noneDiverged(seeds.length, zero.clean.length)
  return [
    createRecord(
      { ...common, id: `${id}/continuity`, claim: 'At ε = 0 adversarial training is standard training' },
      [
        atMost(measureSeeds(differences), 0, 'largest difference of a weight from standard training, ε = 0'),
        ...finished,
      ],
    ),
    createRecord(
      { ...common, id: `${id}/small-radius`, claim: 'A small ε leaves the non-robust features on top' },
      [atLeast(measureSeeds(small.nonRobustDominance), 2, 'v/u at the smallest positive ε'), ...finished],
    ),
    createRecord(
      { ...common, id: `${id}/suppression`, claim: 'The default ε suppresses what ε = 0 learns' },
      [
        atMost(
          compare(own.nonRobustCoefficient, zero.nonRobustCoefficient, (x, y) => x / y),
          0.5,
          'v at the default ε over v at ε = 0',
        ),
        atLeast(
          compare(own.robustCoefficient, zero.robustCoefficient, (x, y) => x / y),
          2,
          'u at the default ε over u at ε = 0',
        ),
        ...finished,
      ],
    ),
    createRecord(
      {
        ...common,
        id: `${id}/robustness-gained`,
        claim: 'Training at the default ε gains robustness at no clean cost',
      },
      [
        atLeast(
          compare(own.attackedAtFixedRadius, zero.attackedAtFixedRadius, (x, y) => x - y),
          0.9,
          'gain of robust accuracy over ε = 0',
        ),
        atLeast(
          compare(own.clean, zero.clean, (x, y) => x - y),
          -0.01,
          'gain of clean accuracy over ε = 0',
        ),
        ...finished,
      ],
    ),
    createRecord(
      {
        ...common,
        id: `${id}/trade-off`,
        claim: 'A radius beyond the features’ strength costs clean accuracy',
      },
      [
        atLeast(
          compare(zero.clean, largest.clean, (x, y) => x - y),
          0.1,
          'clean accuracy at ε = 0 less that at the largest ε',
        ),
        ...finished,
      ],
    ),
  ]
}

function pointAt(spectrum: readonly SpectrumPoint[], radius: number | undefined): SpectrumPoint {
  const found = spectrum.find((point) => point.radius === radius)
  if (found !== undefined) return found
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`radii\` to hold 0, a positive radius and the preset's own, got none at ${radius}.`,
  )
}
