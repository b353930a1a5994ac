import type { Figure } from '../../analysis/figure.js'
import type { FeatureKind } from '../../features/feature-options.js'
import { publishedSetAccuracies, type SetResult } from '../constructed-sets.js'
import type { TransferTask } from '../transferability-presets.js'
import { seedFigure } from './seed-figure.js'

/** What networks of constructed sets do on test images, beside what is published. */
export function constructedSetFigure(
  { dataset, network, sets }: TransferTask,
  results: readonly SetResult[],
): Figure {
  const published = publishedSetAccuracies[dataset] ?? []
  const { norm, radius } = sets.ball
  const ball = `the ${norm === 'l2' ? 'ℓ2' : 'ℓ∞'} ball of radius ${radius}`
  const values = (kind: FeatureKind, read: 'clean' | 'robust') =>
    results.flatMap(({ accuracies }) => accuracies[kind]?.[read] ?? [])
  return seedFigure(
    {
      id: `${dataset}-constructed-sets`,
      title: `Networks trained on constructed sets of ${dataset}, on real test images`,
      caption: [
        `Under attack: the worst per image of PGD on cross-entropy and on the margin, in ${ball}.`,
        ...(published.length === 0
          ? []
          : [
              `Published values, of far larger networks, have no interval: ${[...new Set(published.map(({ source }) => source))].join('; ')}. Ours:`,
            ]),
      ].join(' '),
      kind: 'bars',
      x: { field: 'set', title: 'set that was trained on' },
      y: { field: 'accuracy', title: 'accuracy', domain: [0, 1] },
      color: { field: 'test', title: 'test images' },
    },
    sets.kinds.flatMap((kind) => [
      { x: kind, series: `clean, ${network}`, values: values(kind, 'clean') },
      { x: kind, series: `under attack, ${network}`, values: values(kind, 'robust') },
      ...published
        .filter((entry) => entry.kind === kind)
        .flatMap(({ clean, robust }) => [
          { x: kind, series: 'clean, published', values: [clean] },
          { x: kind, series: 'under attack, published', values: [robust] },
        ]),
    ]),
  )
}
