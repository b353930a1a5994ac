// What runs take they give back, and the garbage collector knows how much they hold.
import { kinds } from './support/cases.mjs'
import { runBoundaryProgram } from './support/programs.mjs'

export const name = 'memory'

/** Runs that say nothing of the slope yet: allocators keep what they got for the next ones. */
const WARM_UP = 0.4
/** Far below what is made; V8 collects when it has been told of some 100 MB. */
const UNREFERENCED_MEGABYTES = 800

/** Garbage collection until finalizers, which run between turns of the event loop, have run too. */
async function collect() {
  for (let turn = 0; turn < 2; turn++) {
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
  const every = Math.max(1, Math.floor(count / 100))
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

/** The most memory a process holds that makes 2.4 GB and keeps nothing, while nobody asks for garbage collection. */
async function unreferenced(what, layered) {
  const { code, stdout, stderr } = await runBoundaryProgram('unreferenced', { args: [what], layered })
  const passed = code === 0 && Number(stdout) <= UNREFERENCED_MEGABYTES
  return {
    check: `resident memory while 2.4 GB of ${what} are made that nobody keeps`,
    measured: code === 0 ? `at most ${stdout.trim()} MB` : stderr,
    limit: `≤ ${UNREFERENCED_MEGABYTES} MB`,
    passed,
  }
}

export async function run({ short, report }) {
  const available = kinds(report)
  const rows = [await unreferenced('data', false), await unreferenced('trainers', false)]
  if (available.length > 1) {
    rows.push(await unreferenced('images', true), await unreferenced('layered trainers', true))
  }
  for (const kind of available) {
    const { secondIterations } = kind
    const series = short
      ? [{ count: 200, iterations: 2, bytes: 400_000, limit: 40_000 }]
      : [
          { count: 10_000, iterations: 3, bytes: 100_000, limit: 2000 },
          { count: 100, iterations: Math.round(secondIterations / 2), bytes: 4_000_000, limit: 40_000 },
        ]
    for (const { limit, ...options } of series) {
      const left = await residue(kind, options)
      const { count, iterations, bytes } = options
      report(`${count} runs on ${kind.name}: ${kilobytes(left)} a run`)
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
