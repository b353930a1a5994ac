import type { Figure } from '../../analysis/figure.js'
import { curveRadii } from '../accuracy-curve.js'
import type { TrainingPoint } from '../image-curves.js'
import { type FollowedImageTask, IMAGE_TRAININGS, type ImageTask, type ImageTraining } from '../image-task.js'
import type { ImageResult } from '../image-training.js'
import { publishedFor } from '../published-accuracy.js'
import { radiusText } from './radius-text.js'
import { type SeedPoint, seedFigure } from './seed-figure.js'

/** Results of one data set, a list per way of training. */
export type ImageResults = Readonly<Record<ImageTraining, readonly ImageResult[]>>

const accuracy = { field: 'accuracy', title: 'accuracy', domain: [0, 1] } as const
const color = { field: 'network', title: 'network' } as const

/** Accuracy against ε, clean and attacked accuracy over epochs, and both beside published ones. */
export function imageFigures(task: FollowedImageTask, results: ImageResults): Figure[] {
  return [againstRadius(task, results), overEpochs(task, results), besidePublished(task, results)]
}

function againstRadius({ dataset, radius }: ImageTask, results: ImageResults): Figure {
  return seedFigure(
    {
      id: `${dataset}-robust-accuracy`,
      title: `Robust accuracy on ${dataset} against the radius`,
      caption:
        'Attacked, worst case per image over the suite: an upper bound of the true accuracy, of which nothing is ' +
        `proven here. Trained and judged at ε = ${radiusText(radius)}.`,
      kind: 'lines',
      x: { field: 'radius', title: 'ε, radius of the ℓ∞ ball of an image (pixels in [0, 1])' },
      y: { ...accuracy, title: 'robust accuracy' },
      color,
    },
    IMAGE_TRAININGS.flatMap((training) =>
      curveRadii({ radius }).map((x, position) => ({
        x,
        series: training,
        values: results[training].flatMap(({ curve }) => curve[position] ?? []),
      })),
    ),
  )
}

function overEpochs(
  { dataset, testImages, radius, overTraining }: FollowedImageTask,
  results: ImageResults,
): Figure {
  const { steps, images } = overTraining
  const attacked = `PGD-${steps}`
  return seedFigure(
    {
      id: `${dataset}-over-epochs`,
      title: `Accuracy on test images of ${dataset} over training`,
      caption:
        `Clean on ${testImages} test images, and under ${attacked} at ε = ${radiusText(radius)} on the first ` +
        `${Math.min(images, testImages)}: a single short attack, so more may fall than is shown.`,
      kind: 'lines',
      x: { field: 'epochs', title: 'epochs' },
      y: { ...accuracy, title: 'accuracy on test images' },
      color,
      stroke: { field: 'test', title: 'test images' },
    },
    IMAGE_TRAININGS.flatMap((training) => {
      const curves = results[training].map((result) => result.overTraining)
      const points = curves[0] ?? []
      const values = (position: number, read: (point: TrainingPoint) => number) =>
        curves.flatMap((curve) => curve.slice(position, position + 1).map(read))
      return points.flatMap(({ epoch: x }, position) => [
        { x, series: training, stroke: 'clean', values: values(position, ({ clean }) => clean) },
        { x, series: training, stroke: attacked, values: values(position, (point) => point.attacked) },
      ])
    }),
  )
}

function besidePublished({ dataset, network, radius }: ImageTask, results: ImageResults): Figure {
  const published = publishedFor(dataset, radius)
  const sources = published.map(({ name, source, attack }) => `${name}: ${source}, ${attack}`)
  const ours = (training: ImageTraining): SeedPoint[] => [
    bar(
      'clean',
      `${network}, ${training}`,
      results[training].map(({ cleanAccuracy }) => cleanAccuracy),
    ),
    bar(
      'under attack',
      `${network}, ${training}`,
      results[training].map(({ robustAccuracy }) => robustAccuracy),
    ),
  ]
  return seedFigure(
    {
      id: `${dataset}-beside-published`,
      title: `Clean and robust accuracy on ${dataset}`,
      caption: [
        `Robust: at ε = ${radiusText(radius)} in ℓ∞.`,
        ...(sources.length === 0
          ? []
          : [`Published values, of other networks and attacks, have no interval. ${sources.join('; ')}.`]),
        'Ours:',
      ].join(' '),
      kind: 'bars',
      x: { field: 'test', title: 'test images' },
      y: accuracy,
      color,
    },
    [
      ...IMAGE_TRAININGS.flatMap(ours),
      ...published.flatMap(({ name, clean, robust }) => [
        bar('clean', name, [clean]),
        bar('under attack', name, [robust]),
      ]),
    ],
  )
}

function bar(x: string, series: string, values: readonly number[]): SeedPoint {
  return { x, series, values }
}
