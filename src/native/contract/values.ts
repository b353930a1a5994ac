/** Of numbers and of the computations on them: IEEE 754 single or double. */
export type Precision = 'float32' | 'float64'
/** Numbers whose array says their precision. */
export type FloatArray = Float32Array | Float64Array

export type ActivationKind = 'smoothedRelu' | 'relu' | 'polynomial'
/** `crossEntropy`: −log softmax(F)_y; `margin`: max_{j≠y} F_j − F_y. */
export type LossKind = 'crossEntropy' | 'margin'
export type Rule = 'gradient' | 'normalized'
/** ‖δ‖₂ or max |δ_i|. */
export type Norm = 'l2' | 'linf'
/** A ball per patch, or one for the whole input. */
export type Budget = 'patch' | 'input'
export type AttackSpace = 'auto' | 'gram' | 'direct'

export interface NativeActivation {
  kind: ActivationKind
  /** Integer ≥ 2 (ignored by `relu`). */
  power: number
  /** Positive (used by `smoothedRelu` alone). */
  threshold: number
}
