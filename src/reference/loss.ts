import type { LossKind } from '../native/contract.js'

/** Loss and margin of one sample, and the factor that turns `direction` into ∂loss/∂F. */
export interface Residual {
  loss: number
  scale: number
  margin: number
}

/** M = max_{j≠y} F_j; NaN when a wrong score is NaN. */
export function largestWrongScore(scores: Float64Array, label: number): number {
  let largest = -Infinity
  for (let j = 0; j < scores.length; j++) {
    if (j !== label) largest = Math.max(largest, scores[j]!)
  }
  return largest
}

/** F_y − max_{j≠y} F_j; the sample is classified correctly when it is > 0. NaN where a score is not finite. */
export function margin(scores: Float64Array, label: number): number {
  if (!scores.every(Number.isFinite)) return Number.NaN
  return scores[label]! - largestWrongScore(scores, label)
}

/** log Σ_i e^{F_i} − F_y, to full relative precision also where it is tiny. */
export function crossEntropy(scores: Float64Array, label: number): number {
  return residual('crossEntropy', scores, label, new Float64Array(scores.length)).loss
}

/**
 * Fills `direction` and returns loss, scale and margin, such that ∂loss/∂F = scale · direction.
 * `direction` has 1 at the largest wrong score, whatever the margin, so it never underflows.
 *
 * Cross-entropy, with M = max_{j≠y} F_j and L = log Σ_i e^{F_i}:
 * direction_j = e^{F_j − M} for j ≠ y, direction_y = −Σ_{j≠y} direction_j, scale = e^{M − L}.
 *
 * Margin loss −(F_y − M): direction is 1 at the lowest-index maximiser of the wrong scores, −1 at y; scale 1.
 */
export function residual(
  loss: LossKind,
  scores: Float64Array,
  label: number,
  direction: Float64Array,
): Residual {
  switch (loss) {
    case 'crossEntropy':
      return crossEntropyResidual(scores, label, direction)
    case 'margin':
      return marginResidual(scores, label, direction)
  }
}

function crossEntropyResidual(scores: Float64Array, label: number, direction: Float64Array): Residual {
  const largestWrong = largestWrongScore(scores, label)
  const sampleMargin = margin(scores, label)

  let wrongSum = 0
  for (let j = 0; j < scores.length; j++) {
    if (j === label) continue
    direction[j] = Math.exp(scores[j]! - largestWrong)
    wrongSum += direction[j]!
  }
  direction[label] = -wrongSum

  if (sampleMargin >= 0) {
    let wrongOdds = 0
    for (let j = 0; j < scores.length; j++) {
      if (j !== label) wrongOdds += Math.exp(scores[j]! - scores[label]!)
    }
    const loss = Math.log1p(wrongOdds)
    // M − L = (M − F_y) − (L − F_y)
    return { loss, scale: Math.exp(-sampleMargin - loss), margin: sampleMargin }
  }
  const allSum = wrongSum + Math.exp(sampleMargin)
  return { loss: -sampleMargin + Math.log(allSum), scale: 1 / allSum, margin: sampleMargin }
}

function marginResidual(scores: Float64Array, label: number, direction: Float64Array): Residual {
  const largestWrong = largestWrongScore(scores, label)
  direction.fill(0)
  direction[label] = -1
  for (let j = 0; j < scores.length; j++) {
    if (j !== label && scores[j]! === largestWrong) {
      direction[j] = 1
      break
    }
  }
  return { loss: -margin(scores, label), scale: 1, margin: margin(scores, label) }
}
