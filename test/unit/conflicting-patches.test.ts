import { expect, it } from 'vitest'
import { conflictingPatches } from '../../src/experiments/conflicting-patches.js'
import { PatchData } from '../../src/index.js'

/** Sample n has the numbers n.1, n.2 and n.3 in its patches, of which the first two are robust. */
const samples = (labels: number[], classes: number) =>
  PatchData.fromArrays({
    inputs: Float64Array.from(
      { length: 3 * labels.length },
      (_, e) => Math.floor(e / 3) + ((e % 3) + 1) / 10,
    ),
    labels: Int32Array.from(labels),
    patches: 3,
    dimension: 1,
    classes,
  })

it('puts the robust patches of the class before in place of a sample’s own', () => {
  // Each takes them from the next sample of that class, or where none follows from the first.
  const made = conflictingPatches(samples([0, 1, 2, 0, 1, 2], 3), 2)
  expect([...made.labels()]).toEqual([0, 1, 2, 0, 1, 2])
  const from = [2, 3, 4, 5, 0, 1]
  expect([...made.inputs()]).toEqual(from.flatMap((other, n) => [other + 0.1, other + 0.2, n + 0.3]))
})

it('leaves out samples of which no class before is there', () => {
  const made = conflictingPatches(samples([1, 2, 1], 4), 1)
  expect([...made.labels()]).toEqual([2])
  // Of the two samples of class 1, the one that follows.
  expect([...made.inputs()]).toEqual([2.1, 1.2, 1.3])
  expect([made.patches, made.dimension, made.classes]).toEqual([3, 1, 4])
})

it('leaves the samples it is given as they are', () => {
  const data = samples([0, 1], 2)
  const before = [...data.inputs()]
  conflictingPatches(data, 2)
  expect([...data.inputs()]).toEqual(before)
})
