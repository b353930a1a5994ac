import type { FloatArray, NativeActivation, NativeKernels } from '../native/contract.js'
import { activationValue, surrogateActivationSlope } from './activation.js'
import { residual } from './loss.js'
import { ascend, norm, project } from './perturbation.js'

/** values = σ(z), slopes = max(σ′(z), `surrogateSlope`), element by element. */
function activation(
  kind: NativeActivation,
  surrogateSlope: number,
  z: FloatArray,
  values: FloatArray,
  slopes: FloatArray,
): void {
  for (let i = 0; i < z.length; i++) {
    values[i] = activationValue(kind, z[i]!)
    slopes[i] = surrogateActivationSlope(kind, surrogateSlope, z[i]!)
  }
}

/** out[c] = Σ_r σ(z[r, c]) for z: rows × columns. */
function activationColumnSums(
  kind: NativeActivation,
  rows: number,
  columns: number,
  z: FloatArray,
  out: Float64Array,
): void {
  out.fill(0)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c]! += activationValue(kind, z[r * columns + c]!)
  }
}

/**
 * Matrix products, out: m × n.
 *
 * - `nt`: out = A Bᵀ, A: m × k, B: n × k
 * - `nn`: out = A B, A: m × k, B: k × n
 * - `tn`: out = out + Aᵀ B, A: k × m, B: k × n
 */
function product(
  form: 'nt' | 'nn' | 'tn',
  m: number,
  n: number,
  k: number,
  a: FloatArray,
  b: FloatArray,
  out: FloatArray,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = form === 'tn' ? out[i * n + j]! : 0
      for (let l = 0; l < k; l++) {
        const left = form === 'tn' ? a[l * m + i]! : a[i * k + l]!
        const right = form === 'nt' ? b[j * k + l]! : b[l * n + j]!
        sum += left * right
      }
      out[i * n + j] = sum
    }
  }
}

/** Twin of `NativeAddon.kernels`. Computes in double and rounds only what it stores in a Float32Array. */
export const kernels: NativeKernels = {
  activation,
  activationColumnSums,
  product,
  residual,
  ascend,
  project,
  norm,
}
