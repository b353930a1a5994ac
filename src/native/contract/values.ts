export type Precision = 'float32' | 'float64'
export type FloatArray = Float32Array | Float64Array

export type ActivationKind = 'smoothedRelu' | 'relu' | 'polynomial'
export type LossKind = 'crossEntropy' | 'margin'
export type Rule = 'gradient' | 'normalized'
export type Norm = 'l2' | 'linf'
export type Budget = 'patch' | 'input'
export type AttackSpace = 'auto' | 'gram' | 'direct'

export interface NativeActivation {
  kind: ActivationKind
  /** Integer ≥ 2 (ignored by `relu`). */
  power: number
  /** Positive (used by `smoothedRelu` alone). */
  threshold: number
}
