// Trainings at once learn the bits that each learns alone.
import { digestOf, kinds } from './support/cases.mjs'

export const name = 'concurrency'

export async function run({ short, report }) {
  const rows = []
  const count = 64
  const iterations = short ? 20 : 200
  for (const kind of kinds(report)) {
    const data = await kind.data(60)
    const start = (seed) => digestOf(kind.start(data, { seed, iterations }))
    const seeds = Array.from({ length: count }, (_, n) => n + 1)
    const alone = []
    for (const seed of seeds) alone.push(await start(seed))
    const together = await Promise.all(seeds.map(start))
    const same = alone.filter((digest, n) => digest === together[n]).length
    const distinct = new Set(alone).size
    rows.push({
      check: `${count} trainings of ${kind.name} at once, of ${iterations} iterations: bits as alone`,
      measured: `${same} the same, ${distinct} distinct`,
      limit: `${count}, ${count}`,
      passed: same === count && distinct === count,
    })
  }
  return rows
}
