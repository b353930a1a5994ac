import type { NativeAlignedAttack, NativeNetwork } from '../native/contract.js'
import { activationValue } from './activation.js'
import { margin } from './loss.js'
import { preActivations, sampleScores } from './network.js'
import type { PatchShape } from './patches.js'
import { inner, plus, row, worst } from './vectors.js'

/** What a patch carries: the true class's robust or non-robust feature. */
interface OwnFeature {
  robust: boolean
  feature: Float64Array
}

/** Where a candidate points: target feature(s) t, and split number s of S. */
interface Candidate {
  target: Float64Array
  split: number
}

/**
 * The feature-aligned attack on one sample, P·d numbers, for plain patches (no layout). Among the unperturbed
 * input and, for every allocation ρ of the budget, every wrong class j and every candidate (target t, split
 * s), the perturbation of the smallest margin; the first wins ties. On patch p with own feature o, in
 *
 * - ℓ2: δ_p = ρ_p (−sin θ · o + cos θ · t), θ = (π/2) s/(S − 1), t ∈ {u_j, v_j}
 * - ℓ∞: δ_p = ρ_p sign(−a · o + (1 − a) · t), a = s/(S − 1), t ∈ {u_j, v_j, u_j + v_j}
 *
 * `shared` tries each (t, s) on all patches together; `perPatch` lets every patch take its own, the one that
 * maximises Σ_r σ(⟨w_{j,r}, x_p + δ_p⟩) − Σ_r σ(⟨w_{y,r}, x_p + δ_p⟩). S = `splits` ≥ 2.
 */
export function alignedAttack(
  network: NativeNetwork,
  shape: PatchShape,
  input: Float64Array,
  label: number,
  attack: NativeAlignedAttack,
): Float64Array {
  const own = ownFeatures(shape, input, label, attack)
  const perturbations: Float64Array[] = [new Float64Array(input.length)]
  for (const radii of allocations(attack, own)) {
    for (let j = 0; j < network.classes; j++) {
      if (j === label) continue
      const candidates = candidatesFor(attack, j, shape.dimension)
      if (attack.selection === 'shared') {
        for (const candidate of candidates) perturbations.push(everywhere(attack, own, radii, candidate))
      } else {
        perturbations.push(eachPatchItsWorst(network, input, label, j, attack, own, radii, candidates))
      }
    }
  }
  return worst(perturbations, (perturbation) => {
    return -margin(sampleScores(network, shape, plus(input, perturbation)), label)
  })
}

/** u_y where ⟨x_p, u_y⟩ ≥ ⟨x_p, v_y⟩, else v_y. */
function ownFeatures(
  shape: PatchShape,
  input: Float64Array,
  label: number,
  attack: NativeAlignedAttack,
): OwnFeature[] {
  const { patches, dimension } = shape
  const robustFeature = row(attack.robustFeatures, label, dimension)
  const nonRobustFeature = row(attack.nonRobustFeatures, label, dimension)
  const own: OwnFeature[] = []
  for (let p = 0; p < patches; p++) {
    const patch = row(input, p, dimension)
    const robust = inner(patch, robustFeature) >= inner(patch, nonRobustFeature)
    own.push({ robust, feature: robust ? robustFeature : nonRobustFeature })
  }
  return own
}

/**
 * The radii ρ_p of the patches, one array per way to spend the budget. A ball per patch, and ℓ∞ always, give
 * ρ_p = ε. One ℓ2 ball of the input gives ε/√n to each of n patches: all, the robust ones, the non-robust
 * ones (as far as there are any).
 */
function allocations(attack: NativeAlignedAttack, own: OwnFeature[]): Float64Array[] {
  if (attack.budget === 'patch' || attack.norm === 'linf') {
    return [new Float64Array(own.length).fill(attack.radius)]
  }
  const groups = [own.map(() => true), own.map((o) => o.robust), own.map((o) => !o.robust)]
  const radii: Float64Array[] = []
  for (const group of groups) {
    const size = group.filter((member) => member).length
    if (size === 0) continue
    radii.push(Float64Array.from(group, (member) => (member ? attack.radius / Math.sqrt(size) : 0)))
  }
  return radii
}

/** Target by target (u_j, v_j and in ℓ∞ u_j + v_j), all splits of each. */
function candidatesFor(attack: NativeAlignedAttack, j: number, dimension: number): Candidate[] {
  const robustFeature = row(attack.robustFeatures, j, dimension)
  const nonRobustFeature = row(attack.nonRobustFeatures, j, dimension)
  const targets = [robustFeature, nonRobustFeature]
  if (attack.norm === 'linf') targets.push(plus(robustFeature, nonRobustFeature))
  const candidates: Candidate[] = []
  for (const target of targets) {
    for (let split = 0; split < attack.splits; split++) candidates.push({ target, split })
  }
  return candidates
}

/** δ_p, d numbers, of a candidate on a patch with the given own feature and radius. */
function patchPerturbation(
  attack: NativeAlignedAttack,
  own: Float64Array,
  radius: number,
  candidate: Candidate,
): Float64Array {
  const share = candidate.split / (attack.splits - 1)
  const angle = (Math.PI / 2) * share
  return own.map((o, e) => {
    const t = candidate.target[e]!
    return attack.norm === 'l2'
      ? -radius * Math.sin(angle) * o + radius * Math.cos(angle) * t
      : radius * Math.sign(-share * o + (1 - share) * t)
  })
}

/** The same candidate on every patch. */
function everywhere(
  attack: NativeAlignedAttack,
  own: OwnFeature[],
  radii: Float64Array,
  candidate: Candidate,
): Float64Array {
  return join(own.map(({ feature }, p) => patchPerturbation(attack, feature, radii[p]!, candidate)))
}

/** On every patch the candidate that helps class j against class y most; the first wins ties. */
function eachPatchItsWorst(
  network: NativeNetwork,
  input: Float64Array,
  label: number,
  j: number,
  attack: NativeAlignedAttack,
  own: OwnFeature[],
  radii: Float64Array,
  candidates: Candidate[],
): Float64Array {
  const chosen = own.map(({ feature }, p) => {
    const patch = row(input, p, network.dimension)
    const options = candidates.map((candidate) => patchPerturbation(attack, feature, radii[p]!, candidate))
    return worst(options, (option) => patchAdvantage(network, plus(patch, option), j, label))
  })
  return join(chosen)
}

/** Σ_r σ(⟨w_{j,r}, x_p⟩) − Σ_r σ(⟨w_{y,r}, x_p⟩) */
function patchAdvantage(network: NativeNetwork, patch: Float64Array, j: number, label: number): number {
  const z = preActivations(network, patch)
  let advantage = 0
  for (let r = 0; r < network.filtersPerClass; r++) {
    advantage += activationValue(network.activation, z[j * network.filtersPerClass + r]!)
    advantage -= activationValue(network.activation, z[label * network.filtersPerClass + r]!)
  }
  return advantage
}

function join(rows: Float64Array[]): Float64Array {
  return Float64Array.from(rows.flatMap((values) => [...values]))
}
