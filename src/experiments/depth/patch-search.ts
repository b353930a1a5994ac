import type { CustomAttack } from '../../attacks/attack.js'
import type { ImageData } from '../../data/image-data.js'
import { layerOutput } from '../../features/layer-output.js'
import type { LayeredNetwork } from '../../model/layered-network.js'
import type { ExecutionOptions } from '../../native/execution.js'
import { imageRadius, type PatchCode } from './patch-images.js'

/** Shares of ε by which a patch moves along each feature. */
const SHARES = [-1, -0.5, 0, 0.5, 1]

/** Moves along u_y, u_j, v_y and v_j, in shares of ε. */
const MOVES = SHARES.flatMap((a) =>
  SHARES.flatMap((b) => SHARES.flatMap((c) => SHARES.map((d) => [a, b, c, d] as const))),
)

/**
 * Feature-aligned attacks in an ℓ∞ ball on a patch stack, one for each s, toward class j = y + s mod k: every patch takes,
 * of all moves by {−1, −½, 0, ½, 1} ε along u_y, u_j, v_y and v_j, the one that leaves it the least of F_y − F_j, which is
 * a sum over patches. They see what the flat part of an activation hides from gradients. Features are axes: the first k
 * channels of a pixel are the robust ones, the next k the others.
 */
export function patchSearch(classes: number, code: PatchCode, radius: number): CustomAttack<ImageData>[] {
  const size = imageRadius(code, radius)
  return Array.from({ length: classes - 1 }, (_, index): CustomAttack<ImageData> => {
    const shift = index + 1
    return {
      name: `patch-search-${shift}`,
      norm: 'linf',
      radius: size,
      budget: 'input',
      bounds: [0, 1],
      perturb: (network, data, execution) => worstMoves(network, data, { shift, size, execution }),
    }
  })
}

async function worstMoves(
  network: LayeredNetwork,
  data: ImageData,
  { shift, size, execution }: { shift: number; size: number; execution: ExecutionOptions },
): Promise<Float32Array> {
  const { classes, samples, width: patches, channels } = data
  const labels = data.labels()
  const least = new Float64Array(samples * patches).fill(Number.POSITIVE_INFINITY)
  const worst = new Float32Array(samples * patches * channels)
  for (const [a, b, c, d] of MOVES) {
    const move = (label: number) => {
      const other = (label + shift) % classes
      const step = new Float32Array(channels)
      step[label] = a * size
      step[other] = b * size
      step[classes + label] = c * size
      step[classes + other] = d * size
      return step
    }
    const moves = Array.from({ length: classes }, (_, label) => move(label))
    const perturbation = new Float32Array(worst.length)
    for (const [n, label] of labels.entries()) {
      for (let p = 0; p < patches; p++) {
        perturbation.set(moves[label] ?? [], (n * patches + p) * channels)
      }
    }
    const shares = await marginShares(network, data, { shift, perturbation, execution })
    for (const [place, share] of shares.entries()) {
      if (share >= (least[place] ?? 0)) continue
      least[place] = share
      worst.set(moves[labels[Math.floor(place / patches)] ?? 0] ?? [], place * channels)
    }
  }
  return worst
}

/** What every patch adds to P (F_y − F_j): Σ_r (W_{y,r} − W_{j,r}) a_r(x_p), N × P. */
async function marginShares(
  network: LayeredNetwork,
  data: ImageData,
  run: { shift: number; perturbation: Float32Array; execution: ExecutionOptions },
): Promise<Float64Array> {
  const { shift, perturbation, execution } = run
  const { classes, samples, width: patches } = data
  // After it come the pooling over patches and the dense layer.
  const last = String(network.layers.length - 3)
  const { values, channels: filters } = await layerOutput(network, data, last, { ...execution, perturbation })
  const owner = network.parameters.subarray(-classes * filters)
  const shares = new Float64Array(samples * patches)
  for (const [n, label] of data.labels().entries()) {
    const other = (label + shift) % classes
    for (let r = 0; r < filters; r++) {
      const weight = (owner[label * filters + r] ?? 0) - (owner[other * filters + r] ?? 0)
      for (let p = 0; p < patches; p++) {
        const place = n * patches + p
        shares[place] = (shares[place] ?? 0) + weight * (values[(n * filters + r) * patches + p] ?? 0)
      }
    }
  }
  return shares
}
