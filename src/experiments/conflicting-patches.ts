import { PatchData } from '../data/patch-data.js'

/**
 * Samples whose two kinds of features contradict each other: sample n has the non-robust patches and the label of sample
 * n of `data`, and the robust patches of one of the class before it, y − 1 mod k. Classes of which there is none before
 * are left out.
 *
 * @param robustPatches how many come first in a sample
 */
export function conflictingPatches(data: PatchData, robustPatches: number): PatchData {
  const { patches, dimension, classes } = data
  const size = patches * dimension
  const robustSize = robustPatches * dimension
  const given = data.inputs()
  const labels = data.labels()
  const rows = Array.from(labels.keys()).flatMap((n) => {
    const wanted = ((labels[n] ?? 0) + classes - 1) % classes
    const other = labels.indexOf(wanted, n + 1)
    const from = other === -1 ? labels.indexOf(wanted) : other
    return from === -1 ? [] : [{ n, from }]
  })
  const inputs = given.slice(0, rows.length * size)
  for (const [row, { n, from }] of rows.entries()) {
    inputs.set(given.subarray(n * size, (n + 1) * size), row * size)
    inputs.set(given.subarray(from * size, from * size + robustSize), row * size)
  }
  return PatchData.fromArrays({
    inputs,
    labels: Int32Array.from(rows, ({ n }) => labels[n] ?? 0),
    patches,
    dimension,
    classes,
  })
}
