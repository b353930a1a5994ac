/** Labels as rows of k numbers, one of them 1. */
export function oneHotOf(labels: Int32Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes)
  labels.forEach((label, sample) => {
    rows[sample * classes + label] = 1
  })
  return rows
}
