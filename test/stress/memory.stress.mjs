// What runs take they give back, and the garbage collector knows how much they hold.
import { ended, kinds } from './support/cases.mjs'

export const name = 'memory'

/** Runs that say nothing of the slope yet: allocators keep what they got for the next ones. */
const WARM_UP = 0.4

/** Garbage collection until finalizers, which run between turns of the event loop, have run too. */
async function collect() {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
}

/** The slope of least squares. */
function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))]
  const covariance = mean(points.map(([at, value]) => (at - x) * (value - y)))
  return covariance / mean(points.map(([at]) => (at - x) ** 2))
}

/** Trains again and again, each time on data of its own; bytes of resident memory that a run leaves behind. */
async function residue(kind, { count, iterations, bytes }) {
  const samples = Math.ceil(bytes / kind.sampleBytes)
  const every = Math.max(1, Math.floor(count / 200))
  const points = []
  for (let run = 1; run <= count; run++) {
    await kind.start(await kind.data(samples), { seed: run, iterations }).finished
    if (run % every !== 0) continue
    await collect()
    if (run > WARM_UP * count) points.push([run, process.memoryUsage.rss()])
  }
  return slope(points)
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

/** Bytes beyond V8's heap that it is told of. */
async function external() {
  await collect()
  return process.memoryUsage().external
}

/** What V8 is told of as data are made, while only a run holds them, and afterwards; in shares of their bytes. */
async function reported(kind) {
  const bytes = 2 ** 24
  const samples = Math.ceil(bytes / kind.sampleBytes)
  await kind.start(await kind.data(samples), { iterations: 1 }).finished
  const before = await external()
  const share = async () => ((await external()) - before) / bytes
  const stop = new AbortController()
  const hold = async () => {
    const data = await kind.data(samples)
    const made = await share()
    const run = kind.start(data, { signal: stop.signal })
    await run.started
    return { made, run }
  }
  const { made, run } = await hold()
  const running = await share()
  stop.abort()
  await ended([run])
  return { made, running, run: new WeakRef(run), share }
}

export async function run({ short, report }) {
  const rows = []
  for (const kind of kinds(report)) {
    const { made, running, share } = await reported(kind)
    const after = await share()
    const percent = (value) => `${(100 * value).toFixed(1)} %`
    rows.push({
      check: `external memory with data for ${kind.name}, while only a run holds them, after it`,
      measured: [made, running, after].map(percent).join(', '),
      limit: '≥ 99 %, ≥ 99 %, ≤ 5 % of the data',
      passed: made >= 0.99 && running >= 0.99 && after <= 0.05,
    })
    const { secondIterations } = kind
    const series = short
      ? [{ count: 300, iterations: 2, bytes: 400_000, limit: 40_000 }]
      : [
          { count: 10_000, iterations: 3, bytes: 100_000, limit: 2000 },
          { count: 100, iterations: Math.round(secondIterations / 2), bytes: 4_000_000, limit: 40_000 },
        ]
    for (const { limit, ...options } of series) {
      const left = await residue(kind, options)
      const { count, iterations, bytes } = options
      report(`${count} runs on ${kind.name}`)
      rows.push({
        check: `resident memory over ${count} runs on ${kind.name}, ${iterations} iterations on ${kilobytes(bytes)}`,
        measured: `${kilobytes(left)} a run`,
        limit: `≤ ${kilobytes(limit)} a run`,
        passed: left <= limit,
      })
    }
  }
  return rows
}
