// What the caller does with buffers and handles while operations run is without effect on them.
import { PatchData } from '../../dist/index.js'
import { digestOf, kinds } from './support/cases.mjs'
import { boundaryProgram } from './support/programs.mjs'

export const name = 'handles'

/** Trainings of which nothing is kept but the promise of a digest, under constant garbage collection. */
async function survivors(kind, count, iterations) {
  const alone = await digestOf(kind.start(await kind.data(60), { iterations }))
  let same = 0
  let settled = 0
  const start = (data) => {
    digestOf(kind.start(data, { iterations })).then(
      (digest) => {
        settled++
        if (digest === alone) same++
      },
      () => {
        settled++
      },
    )
  }
  for (let n = 0; n < count; n++) start(await kind.data(60))
  let collections = 0
  while (settled < count) {
    globalThis.gc()
    collections++
    await new Promise(setImmediate)
  }
  return { same, collections }
}

/** How often a buffer that may change its size is refused, with the package's own error. */
function refusals(count) {
  let refused = 0
  for (let n = 0; n < count; n++) {
    const buffer = new ArrayBuffer(8 * 4, { maxByteLength: 1000 + n })
    const shape = { patches: 2, dimension: 2, classes: 2 }
    try {
      PatchData.fromArrays({ ...shape, inputs: new Float32Array(buffer), labels: Int32Array.of(0, 1) })
    } catch (error) {
      if (error.code === 'INVALID_ARGUMENT') refused++
    }
  }
  return refused
}

export async function run({ short, report }) {
  const kindsHere = kinds(report)
  const times = short ? 1 : 10
  const runs = Array.from({ length: times }, () => [])
  const rows = []
  for (const kind of kindsHere) {
    const layered = kindsHere.indexOf(kind) === 1
    const infix = layered ? '-layered' : ''
    rows.push(
      await boundaryProgram(
        `buffers of ${kind.name} moved, resized, overwritten, collected: results as undisturbed`,
        `transfer${infix}-buffers`,
        { runs, layered },
      ),
      await boundaryProgram(
        `handles of running operations on ${kind.name} collected: all settle`,
        `collect${infix}-handles`,
        { runs, layered },
      ),
    )
    const count = short ? 4 : 16
    const { same, collections } = await survivors(kind, count, short ? 40 : 100)
    rows.push({
      check: `trainings of ${kind.name} without a handle, ${collections} collections: bits as with them`,
      measured: `${same} of ${count}`,
      limit: 'all',
      passed: same === count,
    })
  }
  const count = 100
  const refused = refusals(count)
  rows.push({
    check: 'data on a resizable buffer: refused',
    measured: `${refused} of ${count}`,
    limit: 'all',
    passed: refused === count,
  })
  return rows
}
