import type { Figure } from '../../analysis/figure.js'
import { seedFigure } from './seed-figure.js'

/** What training at one radius gave, a value per seed. */
export interface SpectrumPoint {
  readonly radius: number
  readonly clean: readonly number[]
  readonly attackedAtOwnRadius: readonly number[]
  /** At the preset's ε, whatever the radius of training. */
  readonly attackedAtFixedRadius: readonly number[]
  readonly robustCoefficient: readonly number[]
  readonly nonRobustCoefficient: readonly number[]
  readonly nonRobustDominance: readonly number[]
}

const x = { field: 'radius', title: 'ε of training (input units)' }

/** Accuracies and coefficients against the radius of training. */
export function spectrumFigures(points: readonly SpectrumPoint[], radius: number): Figure[] {
  return [
    seedFigure(
      {
        id: 'accuracy',
        title: 'Clean and attacked accuracy against the radius of training',
        caption: 'Attacked accuracy is the worst case per sample over the attack suite.',
        kind: 'lines',
        x,
        y: { field: 'accuracy', title: 'accuracy', domain: [0, 1] },
        color: { field: 'inputs', title: 'inputs' },
      },
      points.flatMap((point) => [
        { x: point.radius, series: 'clean', values: point.clean },
        { x: point.radius, series: 'attacked at the ε of training', values: point.attackedAtOwnRadius },
        { x: point.radius, series: `attacked at ε = ${radius}`, values: point.attackedAtFixedRadius },
      ]),
    ),
    seedFigure(
      {
        id: 'coefficients',
        title: 'What is learned against the radius of training',
        caption: 'Largest coefficient of a class’s filters on its own features, averaged over classes.',
        kind: 'lines',
        x,
        y: { field: 'coefficient', title: 'largest coefficient of a class, mean over classes' },
        color: { field: 'feature', title: 'features' },
      },
      points.flatMap((point) => [
        { x: point.radius, series: 'robust', values: point.robustCoefficient },
        { x: point.radius, series: 'non-robust', values: point.nonRobustCoefficient },
      ]),
    ),
  ]
}
