import type { Figure } from '../../analysis/figure.js'
import { mean } from '../../analysis/statistics.js'
import {
  successAt,
  TRANSFER_SOURCES,
  TRANSFER_TARGETS,
  type TransferResult,
} from '../transferability-matrix.js'
import { radiusText } from './radius-text.js'
import { seedFigure } from './seed-figure.js'

/** What the figures call the data and its threat model. */
export interface TransferFigureText {
  /** Start of the figures' ids. */
  readonly id: string
  /** Of the data, for titles. */
  readonly data: string
  /** ε, one of the results' radii. */
  readonly radius: number
  /** Such as `the ℓ2 ball of a patch`. */
  readonly ball: string
}

const source = { field: 'source', title: 'what the examples are built from' } as const
const target = { field: 'target', title: 'target network' } as const
const success = { field: 'success', title: 'success' } as const

/** The matrix source × target at ε, the same with intervals, and success against the radius. */
export function transferFigures(
  results: readonly TransferResult[],
  { id, data, radius, ball }: TransferFigureText,
): Figure[] {
  const radii = results[0]?.points.map((point) => point.radius) ?? []
  const what =
    'Success: of the samples that the target has right, the share that the examples turn wrong; none where it has none right. ' +
    'Sources and targets have different seeds.'
  const cells = TRANSFER_SOURCES.flatMap((from) =>
    TRANSFER_TARGETS.map((to) => ({
      from,
      to,
      at: (wanted: number) => results.flatMap((result) => successAt(result, wanted)[from][to] ?? []),
    })),
  )
  return [
    {
      id: `${id}-matrix`,
      title: `Whose adversarial examples fool whom on ${data}`,
      caption: `${what} At ε, ${radiusText(radius)} in ${ball}. Mean over ${results.length} seeds; intervals are in the next figure.`,
      kind: 'heatmap',
      x: source,
      y: target,
      color: success,
      rows: cells
        .map(({ from, to, at }) => ({ source: from, target: to, values: at(radius) }))
        .filter(({ values }) => values.length > 0)
        .map(({ values, ...cell }) => ({ ...cell, success: mean(values) })),
    },
    seedFigure(
      {
        id: `${id}-success`,
        title: `Success of transferred examples on ${data}`,
        caption: `${what} At ε, ${radiusText(radius)} in ${ball}.`,
        kind: 'bars',
        x: source,
        y: { ...success, domain: [0, 1] },
        color: target,
      },
      cells.map(({ from, to, at }) => ({ x: from, series: to, values: at(radius) })),
    ),
    seedFigure(
      {
        id: `${id}-radius`,
        title: `Success of transferred examples on ${data} against the radius`,
        caption: `${what} The networks are judged, and the adversarial ones trained, at ε = ${radiusText(radius)}.`,
        kind: 'lines',
        x: { field: 'radius', title: `radius of ${ball}` },
        y: { ...success, domain: [0, 1] },
        color: source,
        stroke: target,
      },
      cells.flatMap(({ from, to, at }) => radii.map((x) => ({ x, series: from, stroke: to, values: at(x) }))),
    ),
  ]
}
