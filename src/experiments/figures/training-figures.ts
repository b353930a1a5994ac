import type { Figure } from '../../analysis/figure.js'
import { learnedTrajectory, recordedCoefficients } from '../../analysis/learned-trajectory.js'
import type { AccuracyBracket } from '../accuracy-curve.js'
import type { StructuredDataResult } from '../structured-data.js'
import { accuracyFigure } from './accuracy-figure.js'
import { alignmentFigure } from './alignment-figure.js'
import { coefficientFigure } from './coefficient-figure.js'

/** Networks trained in one way, one per seed. */
export interface TrainedGroup {
  readonly name: string
  readonly results: readonly (StructuredDataResult & { readonly curve: readonly AccuracyBracket[] })[]
}

/** Coefficients over training, attacked and certified accuracy against ε, and the first seed's alignment matrices. */
export function trainingFigures(
  groups: readonly TrainedGroup[],
  { radii, seeds, radius }: { radii: readonly number[]; seeds: readonly number[]; radius: number },
): Figure[] {
  return [
    coefficientFigure(
      {
        id: 'coefficients',
        title: 'What training learns',
        caption: 'Largest coefficient of a class’s filters on its own features, averaged over classes.',
        stroke: 'training',
      },
      groups.map(({ name, results }) => ({
        name,
        runs: results.map(({ trained, distribution }) =>
          learnedTrajectory(recordedCoefficients(trained.history), distribution.classes),
        ),
      })),
    ),
    accuracyFigure(
      {
        id: 'robust-accuracy',
        title: 'Robust accuracy against the radius',
        caption: `Attacked: worst case per sample over the attack suite; certified: proven. The truth lies between. Trained and judged at ε = ${radius}.`,
      },
      radii,
      groups.map(({ name, results }) => ({ name, runs: results.map(({ curve }) => curve) })),
    ),
    ...groups.flatMap(({ name, results: [first] }) =>
      first === undefined
        ? []
        : [
            alignmentFigure(
              {
                id: `alignment-${name}`,
                title: 'Alignment of filters and features',
                training: name,
                seed: seeds[0] ?? 0,
              },
              recordedCoefficients(first.trained.history),
              first.distribution.classes,
            ),
          ],
    ),
  ]
}
