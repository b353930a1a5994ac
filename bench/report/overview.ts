import { OURS, type Variant } from '../contenders/registry.js'
import { type CaseResult, measuredOf } from '../measurement/results.js'
import { keptRun } from './kept.js'
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

/** Titles, kept runs and their cases, and which of a peer's implementations are meant. */
const shownCases: readonly (readonly [title: string, run: string, name: string, variant: Variant])[] = [
  ['PGD-10, ℓ2, d = 784', 'quick', 'pgd-10-l2-step/wide', 'tuned'],
  ['the same, peers with our algorithm', 'quick', 'pgd-10-l2-step/wide', 'gram'],
  ['one-step attack, small', 'quick', 'one-step-adversarial-step/small', 'tuned'],
  ['one-step attack, medium', 'ordinary', 'one-step-adversarial-step/medium', 'tuned'],
  ['the same, peers as written by most', 'ordinary', 'one-step-adversarial-step/medium', 'ordinary'],
  ['PGD-10, ℓ∞, medium', 'quick', 'pgd-10-linf-step/medium', 'tuned'],
  ['ResNet-8, standard', 'layered', 'cnn-standard-step', 'tuned'],
  ['ResNet-8, PGD-7', 'layered', 'cnn-pgd-step', 'tuned'],
]

interface Row {
  readonly title: string
  readonly result: CaseResult
  readonly variant: Variant
}

/**
 * README.md's table, from the kept runs: how many times as long as ours each peer takes, its fastest implementation of
 * the row's variant where it has several.
 */
export function overview(): string {
  const rows = shownCases.map(([title, run, name, variant]): Row => {
    const result = keptRun(run).cases.find((candidate) => candidate.name === name)
    if (result === undefined) throw new Error(`Expected ${name} in ${run}.json.`)
    return { title, result, variant }
  })
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

function fastest({ result, variant }: Row, name: RegExp): number | undefined {
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
