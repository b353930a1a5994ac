import { type Strength, strengthRange } from '../data/strength.js'

/** Patches of one kind in a sample. */
export interface PatchKind {
  readonly patches: number
  readonly strength: Strength
}

/** A patch in the basis u_1 … u_k, v_1 … v_k, and how many patches of a sample it stands for. */
export interface WeightedPatch {
  readonly weight: number
  readonly vector: Float64Array
}

/** The mean sample of a class, as a list of patches. */
export type MeanSample = readonly WeightedPatch[]

interface Problem {
  readonly classes: number
  readonly robust: PatchKind
  readonly nonRobust: PatchKind
  readonly radius: number
}

const SPLITS = 9

/** Nodes and weights of Gauss and Legendre on [−1, 1], exact for polynomials up to degree 5. */
const NODES = [
  [-Math.sqrt(0.6), 5 / 18],
  [0, 8 / 18],
  [Math.sqrt(0.6), 5 / 18],
] as const

/**
 * The mean sample of a class, noise left out: each kind of patch at three strengths, weighted as the mean over their
 * range. With a radius, also one such sample for every feature-aligned perturbation: t ∈ {u_j, v_j} of every wrong class j,
 * and 9 angles θ between adding t alone and removing the own feature alone.
 */
export function meanSamples(problem: Problem, label: number): MeanSample[] {
  const { classes, radius } = problem
  const samples = [meanSample(problem, label, () => {})]
  if (radius === 0) return samples
  for (let target = 0; target < 2 * classes; target++) {
    if (target % classes === label) continue
    for (let split = 0; split < SPLITS; split++) {
      const angle = (Math.PI / 2) * (split / (SPLITS - 1))
      samples.push(
        meanSample(problem, label, (vector, own) => {
          vector[own] = (vector[own] ?? 0) - radius * Math.sin(angle)
          vector[target] = (vector[target] ?? 0) + radius * Math.cos(angle)
        }),
      )
    }
  }
  return samples
}

function meanSample(
  { classes, robust, nonRobust }: Problem,
  label: number,
  perturb: (vector: Float64Array, own: number) => void,
): MeanSample {
  return [
    { kind: robust, own: label },
    { kind: nonRobust, own: classes + label },
  ].flatMap(({ kind, own }) => {
    const { low, high } = strengthRange(kind.strength)
    const nodes = low === high ? ([[0, 1]] as const) : NODES
    return nodes.map(([node, share]) => {
      const vector = new Float64Array(2 * classes)
      vector[own] = (low + high) / 2 + (node * (high - low)) / 2
      perturb(vector, own)
      return { weight: kind.patches * share, vector }
    })
  })
}
