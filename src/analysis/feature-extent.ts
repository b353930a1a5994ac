import { RobustFeaturesError } from '../native/errors.js'
import { mean } from './statistics.js'

/** What was put into images of each class, and on how many of their numbers. */
export interface FeatureExtent {
  /** Numbers that carry it: the participation ratio (Σ_e m_e²)² / Σ_e m_e⁴. */
  readonly numbers: number
  /** Size of a number that carries it: ‖m‖₂ / √numbers, ‖m‖₂ the root of the mean over classes of ‖m_c‖₂². */
  readonly strength: number
}

/** Parts of the images that are averaged apart. */
const PARTS = 4

/**
 * How strong and how dense the features of constructed images are: m_c is the mean over images of class c of what their
 * construction added to them, less the mean over all others. Each power of m is a product of means over different
 * quarters of the images, in which what is particular to an image averages out and does not add up. An estimate of ours.
 *
 * @param changes N × D, x′ less the start of its optimisation
 * @param labels of the N images; classes with fewer than four are left out
 * @returns undefined where what images share drowns in what is particular to them: the estimate of a square is not
 *   positive, or that of the ratio not within 1 … D
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when no class is left
 */
export function featureExtent(changes: Float32Array, labels: Int32Array): FeatureExtent | undefined {
  const size = changes.length / labels.length
  const classes = [...new Set(labels)].toSorted((a, b) => a - b)
  const counted = classes.filter((c) => labels.filter((label) => label === c).length >= PARTS)
  if (counted.length === 0 || classes.length < 2) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`labels\` to have ${PARTS} images of a class, and two classes, got ${labels.length} labels of ${classes.length} classes.`,
    )
  }
  const part = positionInClass(labels).map((position) => position % PARTS)
  let squares = 0
  let squaredSquares = 0
  let fourths = 0
  for (const c of counted) {
    const [a, b, d, f] = Array.from({ length: PARTS }, (_, q) =>
      contrast(changes, size, labels, (n) => part[n] === q, c),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array]
    const pairings = [
      [inner(a, b), inner(d, f)],
      [inner(a, d), inner(b, f)],
      [inner(a, f), inner(b, d)],
    ] as const
    squares += mean(pairings.flat())
    squaredSquares += mean(pairings.map(([one, other]) => one * other))
    fourths += a.reduce((sum, value, e) => sum + value * (b[e] ?? 0) * (d[e] ?? 0) * (f[e] ?? 0), 0)
  }
  const numbers = squaredSquares / fourths
  if (!(squares > 0 && numbers >= 1 && numbers <= size)) return undefined
  return { numbers, strength: Math.sqrt(squares / counted.length / numbers) }
}

/** Mean of the chosen rows of class c less that of the chosen rows of other classes; 0 for a mean of none. */
function contrast(
  rows: Float32Array,
  size: number,
  labels: Int32Array,
  chosen: (n: number) => boolean,
  c: number,
): Float64Array {
  const own = new Float64Array(size)
  const others = new Float64Array(size)
  const counts = { own: 0, others: 0 }
  for (const [n, label] of labels.entries()) {
    if (!chosen(n)) continue
    const sums = label === c ? own : others
    counts[label === c ? 'own' : 'others']++
    for (let e = 0; e < size; e++) sums[e] = (sums[e] ?? 0) + (rows[n * size + e] ?? 0)
  }
  return own.map((sum, e) => sum / Math.max(1, counts.own) - (others[e] ?? 0) / Math.max(1, counts.others))
}

function positionInClass(labels: Int32Array): number[] {
  const seen = new Map<number, number>()
  return Array.from(labels, (label) => {
    const position = seen.get(label) ?? 0
    seen.set(label, position + 1)
    return position
  })
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, e) => sum + value * (b[e] ?? 0), 0)
}
