import type { Figure } from '../../src/analysis/figure.js'

const iterations = Array.from({ length: 41 }, (_, index) => index * 100)

/** A figure of each kind, as experiments draw them. */
export const exampleFigures: readonly Figure[] = [
  {
    id: 'coefficients',
    title: 'Feature coefficients during adversarial training',
    caption:
      'Largest coefficient of the robust (u) and the non-robust (v) features over filters and classes; mean over n = 3 seeds with Student’s 95 % interval, beside the recursion of Lemma 5.1.',
    kind: 'lines',
    x: { field: 'iteration', title: 'iteration' },
    y: { field: 'value', title: 'max_r ⟨w_{i,r}, feature⟩' },
    color: { field: 'feature', title: 'feature' },
    stroke: { field: 'kind', title: 'values' },
    band: { low: 'low', high: 'high' },
    rows: ['robust (u)', 'non-robust (v)'].flatMap((feature, series) =>
      ['measured', 'predicted'].flatMap((kind, stroke) =>
        iterations.map((iteration) => {
          const value = (2 - series) / (1 + Math.exp(3 + series - iteration / (400 + 50 * stroke)))
          return {
            iteration,
            feature,
            kind,
            value,
            low: stroke === 1 ? null : value * 0.9 - 0.02,
            high: stroke === 1 ? null : value * 1.1 + 0.02,
          }
        }),
      ),
    ),
  },
  {
    id: 'accuracy-bracket',
    title: 'Accuracy against the radius of the perturbation',
    caption: 'Attacked ≥ true ≥ certified accuracy, of n = 3 seeds of 200 test samples, with 95 % intervals.',
    kind: 'lines',
    x: { field: 'radius', title: 'radius ε (ℓ2, per patch)' },
    y: { field: 'accuracy', title: 'accuracy (share of samples)' },
    color: { field: 'bound', title: 'bound' },
    band: { low: 'lower', high: 'upper' },
    rows: ['clean', 'attacked', 'certified'].flatMap((bound, series) =>
      [0, 0.25, 0.5, 0.75, 1].map((radius) => {
        const accuracy = series === 0 ? 1 : Math.max(0, 1 - (radius / (1.3 - 0.3 * series)) ** 4)
        return { radius, bound, accuracy, lower: accuracy - 0.04, upper: accuracy + 0.04 }
      }),
    ),
  },
  {
    id: 'cost',
    title: 'Robust accuracy and time of training',
    caption: 'Each point is one of 3 seeds; 2 threads.',
    kind: 'points',
    x: { field: 'seconds', title: 'time of training (s)', scale: 'log' },
    y: { field: 'robust', title: 'robust accuracy (share of samples)' },
    color: { field: 'steps', title: 'ascent steps' },
    band: { low: 'low', high: 'high' },
    rows: [1, 2, 5, 10].flatMap((steps) =>
      [1, 2, 3].map((seed) => ({
        seconds: steps * (0.8 + 0.1 * seed),
        robust: 1 - 0.5 / steps - 0.02 * seed,
        steps,
        seed,
        low: 0.93 - 0.5 / steps,
        high: 1 - 0.5 / steps,
      })),
    ),
  },
  {
    id: 'strengths',
    title: 'Feature strengths by activation',
    caption: 'Means over n = 3 seeds with 95 % intervals.',
    kind: 'bars',
    x: { field: 'activation', title: 'activation' },
    y: { field: 'strength', title: 'coefficient at the end of training' },
    color: { field: 'feature', title: 'feature' },
    band: { low: 'low', high: 'high' },
    rows: ['smoothed ReLU (q = 3, ϱ = 4)', 'ReLU', 'polynomial (q = 3)'].flatMap((activation, index) =>
      ['robust (u)', 'non-robust (v)'].map((feature, series) => {
        const strength = 1.97 - 0.4 * index - 0.9 * series
        return { activation, feature, strength, low: strength - 0.12, high: strength + 0.12 }
      }),
    ),
  },
  {
    id: 'phase-diagram',
    title: 'Where adversarial training strengthens robust features',
    caption: 'Smallest u/v over classes, mean over n = 3 seeds.',
    kind: 'heatmap',
    x: { field: 'density', title: 'density ratio c' },
    y: { field: 'strength', title: 'α/β' },
    color: { field: 'ratio', title: 'u/v', scale: 'log' },
    rows: [0.5, 1, 2, 4, 8].flatMap((density) =>
      [2, 4, 6, 8].map((strength) => ({ density, strength, ratio: strength ** 2 / density ** 1.5 / 3 })),
    ),
  },
  {
    id: 'alignment',
    title: 'Alignment of filters and features',
    caption: 'Cosine of each filter and each feature, seed 1; choose the iteration.',
    kind: 'heatmap',
    x: { field: 'feature', title: 'feature' },
    y: { field: 'filter', title: 'filter (class, number)' },
    color: { field: 'cosine', title: 'cosine' },
    control: { field: 'iteration', title: 'iteration' },
    rows: [0, 50, 200, 1000, 1500].flatMap((iteration) =>
      Array.from({ length: 16 }, (_, filter) => filter).flatMap((filter) =>
        ['u_1', 'u_2', 'v_1', 'v_2'].map((feature, column) => ({
          iteration,
          filter: `w_{${1 + Math.floor(filter / 8)},${1 + (filter % 8)}}`,
          feature,
          cosine:
            Math.sin(filter * 3.7 + column) * 0.2 +
            (column % 2 === Math.floor(filter / 8) ? 0.6 : -0.3) * (iteration / 1500),
        })),
      ),
    ),
  },
]
