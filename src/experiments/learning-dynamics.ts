import { predictCoefficients } from '../analysis/coefficient-recursion.js'
import {
  type LearnedPoint,
  learnedTrajectory,
  phaseSwitch,
  recordedCoefficients,
  relativeError,
} from '../analysis/learned-trajectory.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { standard } from '../training/objective.js'
import { atLeast, atMost } from './conditions.js'
import { measureSeeds, noneDiverged } from './divergence.js'
import type { Experiment, ExperimentContext, Scale } from './experiment.js'
import { coefficientFigure } from './figures/coefficient-figure.js'
import { strongInnerMaximiser } from './inner-maximisers.js'
import { reducedPresets } from './reduced-presets.js'
import type { StructuredDataResult } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import { completeSeeds, runVariants } from './variants.js'

const SOURCE = 'arXiv 2410.08503, Lemmas 5.1 and 5.2'

/** Every iteration counts for the phase switch; the default problem's slower race is followed more coarsely. */
const presets: Readonly<Record<Scale, StructuredDataPreset>> = {
  smoke: { ...reducedPresets.smoke, recordEvery: 1 },
  quick: { ...reducedPresets.quick, recordEvery: 1 },
  full: { ...reducedPresets.full, recordEvery: 2 },
}

/** Lemmas 5.1 and 5.2: coefficients follow a recursion, and adversarial training has two phases. */
export const learningDynamics: Experiment<StructuredDataPreset> = {
  id: 'learning-dynamics',
  title: 'How features are learned over training',
  claim:
    'Coefficients grow like a tensor-power recursion; adversarial training learns non-robust features first, then robust ones overtake',
  source: SOURCE,
  presets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { preset, seeds } = context
    const trained = await runVariants(context, [
      { name: 'standard', radius: 0, objective: standard },
      {
        name: 'adversarial',
        radius: preset.radius,
        objective: (distribution: PatchDistribution) =>
          strongInnerMaximiser.objective(distribution, preset.radius),
      },
    ])
    const dynamics = [...completeSeeds(trained)].map(([{ name, radius }, list]) => ({
      name,
      runs: list.map((result) => compared(preset, radius, result)),
    }))
    return {
      records: records({ preset, seeds }, dynamics),
      flags: trained.flags,
      figures: dynamics.map(({ name, runs }) =>
        coefficientFigure(
          {
            id: `${name}-dynamics`,
            title: `Coefficients of ${name} training, measured and predicted`,
            caption:
              'Largest coefficient of a class’s filters on its own features, averaged over classes. The prediction ' +
              'starts from the measured initial coefficients and knows neither samples nor noise.',
            stroke: 'source',
          },
          [
            { name: 'measured', runs: runs.map(({ measured }) => measured) },
            { name: 'predicted', runs: runs.map(({ predicted }) => predicted) },
          ],
        ),
      ),
    }
  },
}

interface Comparison {
  readonly measured: readonly LearnedPoint[]
  readonly predicted: readonly LearnedPoint[]
}

interface Dynamics {
  readonly name: string
  readonly runs: readonly Comparison[]
}

function compared(
  { training }: StructuredDataPreset,
  radius: number,
  { distribution, trained }: StructuredDataResult,
): Comparison {
  const recorded = recordedCoefficients(trained.history)
  const { classes, options } = distribution
  const [initial] = recorded
  const predicted =
    initial === undefined
      ? []
      : predictCoefficients(
          initial.coefficients,
          {
            classes,
            activation: trained.network.activation,
            learningRate: training.learningRate,
            robust: { patches: options.robustPatches, strength: options.robustStrength },
            nonRobust: { patches: options.nonRobustPatches, strength: options.nonRobustStrength },
            radius,
          },
          recorded.map(({ iteration }) => iteration),
        )
  return {
    measured: learnedTrajectory(recorded, classes),
    predicted: learnedTrajectory(predicted, classes),
  }
}

/** Largest relative errors that still count as agreement: noise and samples are left out of the prediction, and under attack one-step perturbations too. */
const TOLERANCES = { standard: 0.1, adversarial: 0.25 }

function records(
  { preset, seeds }: Pick<ExperimentContext<StructuredDataPreset>, 'preset' | 'seeds'>,
  [plain, attacked]: readonly Dynamics[],
): ExperimentRecord[] {
  const id = learningDynamics.id
  const common = { experiment: id, source: SOURCE, reported: null, config: { ...preset }, seeds }
  const over = (dynamics: Dynamics | undefined, read: (run: Comparison) => number) =>
    measureSeeds((dynamics?.runs ?? []).map(read))
  const error = (dynamics: Dynamics | undefined, feature: 'robust' | 'nonRobust') =>
    over(dynamics, ({ predicted, measured }) => relativeError(predicted, measured, feature))
  const finished = noneDiverged(seeds.length, attacked?.runs.length ?? 0)
  const switches = ({ measured }: Comparison) => (phaseSwitch(measured) === null ? 0 : 1)
  return [
    ...(['standard', 'adversarial'] as const).map((name) => {
      const dynamics = name === 'standard' ? plain : attacked
      return createRecord(
        {
          ...common,
          id: `${id}/${name}-prediction`,
          claim: `Coefficients of ${name} training follow the recursion`,
        },
        [
          atMost(error(dynamics, 'robust'), TOLERANCES[name], 'relative error of predicted u'),
          atMost(error(dynamics, 'nonRobust'), TOLERANCES[name], 'relative error of predicted v'),
          ...finished,
        ],
      )
    }),
    createRecord(
      {
        ...common,
        id: `${id}/phase-switch`,
        claim:
          'Robust features overtake non-robust ones under adversarial training, and never under standard',
      },
      [
        atLeast(
          over(attacked, switchIteration),
          1,
          'iteration of the switch (the last one without a switch)',
        ),
        atLeast(over(attacked, switches), 1, 'share of adversarial trainings with a switch'),
        atMost(over(plain, switches), 0, 'share of standard trainings with a switch'),
        ...finished,
      ],
    ),
    createRecord(
      {
        ...common,
        id: `${id}/non-robust-first`,
        claim: 'Before the switch adversarial training learns the non-robust features',
      },
      [
        atLeast(
          over(attacked, growthBeforeSwitch),
          2,
          'growth of v before the switch (times its initial value)',
        ),
        atLeast(over(attacked, leadBeforeSwitch), 2, 'largest v/u before the switch'),
        ...finished,
      ],
    ),
  ]
}

function switchIteration({ measured }: Comparison): number {
  return phaseSwitch(measured) ?? measured.at(-1)?.iteration ?? 0
}

/** The points before the switch and the first one, which no training has touched. */
function firstPhase(comparison: Comparison): LearnedPoint[] {
  const end = switchIteration(comparison)
  return comparison.measured.filter(({ iteration }) => iteration === 0 || iteration < end)
}

function growthBeforeSwitch(comparison: Comparison): number {
  const phase = firstPhase(comparison)
  return Math.max(...phase.map(({ nonRobust }) => nonRobust)) / (phase[0]?.nonRobust ?? 1)
}

function leadBeforeSwitch(comparison: Comparison): number {
  return Math.max(...firstPhase(comparison).map(({ robust, nonRobust }) => nonRobust / robust))
}
