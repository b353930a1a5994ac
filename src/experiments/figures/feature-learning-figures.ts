import type { Figure, FigureField } from '../../analysis/figure.js'
import type { CurvePair, FeatureLearningPoint } from '../feature-learning-curves.js'
import { IMAGE_TRAININGS } from '../image-task.js'
import { seedFigure } from './seed-figure.js'

/** What the curves of a data set are about. */
export interface CurveTexts {
  /** The data set, fit for a file name. */
  readonly name: string
  readonly x: FigureField
  /** Name of the attack. */
  readonly attack: string
  /** Where the inputs other than clean ones come from. */
  readonly inputs: string
}

/** A figure per way of training: accuracy on all kinds of test inputs. */
export function featureLearningFigures(
  { name, x, attack, inputs }: CurveTexts,
  pairs: readonly CurvePair[],
): Figure[] {
  const series: readonly [string, (point: FeatureLearningPoint) => number][] = [
    ['clean', ({ clean }) => clean],
    [attack, ({ attacked }) => attacked],
    ['robust features alone', ({ robust }) => robust],
    ['non-robust features alone', ({ nonRobust }) => nonRobust],
    ['non-robust against robust', ({ conflicting }) => conflicting],
    ['robust against non-robust', ({ byRobust }) => byRobust],
  ]
  return IMAGE_TRAININGS.map((training) => {
    const curves = pairs.map(({ [training]: curve }) => curve)
    return seedFigure(
      {
        id: `${name}-${training}`,
        title: `Feature-learning accuracy on ${name}, ${training} training`,
        caption:
          'On test inputs: as they are, attacked, with one kind of feature alone, and with the robust features of one class ' +
          `against the non-robust ones of the next, which counts as their class or the other way round. ${inputs}`,
        kind: 'lines',
        x,
        y: { field: 'accuracy', title: 'accuracy', domain: [0, 1] },
        color: { field: 'inputs', title: 'test inputs' },
      },
      (curves[0] ?? []).flatMap(({ at }, position) =>
        series.map(([label, read]) => ({
          x: at,
          series: label,
          values: curves.flatMap((curve) => curve.slice(position, position + 1).map(read)),
        })),
      ),
    )
  })
}
