import { OURS, type Variant } from '../contenders/registry.js'
import { type CaseResult, measuredOf } from '../measurement/results.js'
import { table } from './markdown.js'

const peers: Readonly<Record<string, RegExp>> = {
  NumPy: /^numpy/,
  JAX: /^jax/,
  TensorFlow: /^tensorflow/,
  PyTorch: /^pytorch/,
  'tfjs node': /^tfjs-node/,
  'tfjs wasm': /^tfjs-wasm/,
  'tfjs cpu': /^tfjs-cpu/,
}

/** One row of {@link overview}: a case, and which of a peer's implementations are meant. */
export interface OverviewRow {
  readonly title: string
  readonly result: CaseResult
  readonly variant: Variant
}

/** How many times as long as ours each peer takes, its fastest implementation of the row's variant where it has several. */
export function overview(rows: readonly OverviewRow[]): string {
  const ratios = rows.map((row) => Object.values(peers).map((name) => fastest(row, name)))
  const shown = Object.keys(peers).filter((_, column) => ratios.some((cells) => cells[column] !== undefined))
  return table(
    ['training step', 'ours, ms', ...shown],
    rows.map(({ title, result }, index) => [
      title,
      twoDigits(measuredOf(result, OURS)?.medianMs),
      ...Object.keys(peers).flatMap((peer, column) =>
        shown.includes(peer) ? [twoDigits(ratios[index]?.[column])] : [],
      ),
    ]),
  )
}

function fastest({ result, variant }: OverviewRow, name: RegExp): number | undefined {
  const ratios = result.results.flatMap((entry) =>
    entry.status === 'measured' && entry.variant === variant && name.test(entry.contender)
      ? [entry.versusOurs ?? Number.NaN]
      : [],
  )
  return ratios.length === 0 ? undefined : Math.min(...ratios)
}

/** "–" where nothing was measured. */
function twoDigits(value: number | undefined): string {
  if (value === undefined) return '–'
  return value >= 1 && value < 10 ? value.toFixed(1) : String(Number(value.toPrecision(2)))
}
