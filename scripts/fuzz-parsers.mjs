// Damages small files of every format that the package reads, guided by the code that they reach:
// `npm run fuzz -- [parser…] [--seconds 60] [--seed 1]`, each parser for so long. A file must be read or refused in one
// sentence, in little memory and at once. One that is not is kept in the folder that the last lines name.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { parsersIn } from '../test/fuzz/parsers.mjs'
import { inProject } from './setup/paths.mjs'

/** A file is parsed in milliseconds; a busy machine takes many times as long. */
const LONGEST_SECONDS = 10
const LONGEST_FILE = 2 ** 18
const HEAP_MEGABYTES = 512

function parse(known) {
  try {
    const { values, positionals } = parseArgs({
      options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
      allowPositionals: true,
    })
    const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
    if (!(seconds > 0) || !Number.isInteger(seed) || positionals.some((name) => !known.includes(name)))
      return undefined
    return { seconds, seed, names: positionals.length === 0 ? known : positionals }
  } catch {
    return undefined
  }
}

const makeFolder = () => mkdtempSync(join(tmpdir(), 'robust-features-fuzz-'))

/** Fuzzes one parser; resolves to its counts, or to what went wrong with which file. */
function fuzz(name, seed, seconds) {
  const folder = makeFolder()
  const input = new SharedArrayBuffer(8 + LONGEST_FILE)
  const state = new Int32Array(input, 0, 2)
  return new Promise((resolve) => {
    const worker = new Worker(inProject('test', 'fuzz', 'fuzz-parser.mjs'), {
      workerData: { name, seed, seconds, input, folder },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    })
    let result
    const fail = (failure) => {
      if (result !== undefined) return
      const length = Math.min(Atomics.load(state, 1), LONGEST_FILE)
      result = { name, failure, file: new Uint8Array(input, 8, length).slice() }
      void worker.terminate()
    }
    let [last, since] = [0, performance.now()]
    const watch = setInterval(() => {
      const current = Atomics.load(state, 0)
      const now = performance.now()
      if (current !== last || current === 0) [last, since] = [current, now]
      else if (now - since > 1000 * LONGEST_SECONDS) fail(`it takes more than ${LONGEST_SECONDS} s`)
    }, 1000)
    worker.on('message', (counts) => {
      result ??= { name, counts }
    })
    worker.on('error', (error) => fail(error.stack ?? String(error)))
    worker.on('exit', () => {
      clearInterval(watch)
      rmSync(folder, { recursive: true, force: true })
      resolve(result ?? { name, failure: 'it ended early', file: new Uint8Array() })
    })
  })
}

function tell({ name, counts, failure, file }) {
  if (failure === undefined) {
    const { files, refused, kept, characters } = counts
    const read = files - refused
    console.log(
      `${name.padEnd(16)} ${String(files).padStart(8)} files, ${read} read, ${kept} kept; ${characters} characters of code`,
    )
    return
  }
  const folder = inProject('build', 'fuzz')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, file)
  console.log(`${name.padEnd(16)} FAILED on the file ${path}: ${failure}`)
}

const wanted = parse(Object.keys(parsersIn('')))
if (wanted === undefined) {
  process.stderr.write('Usage: npm run fuzz -- [PARSER…] [--seconds S] [--seed N]\n')
  process.exit(2)
}
const start = performance.now()
const waiting = [...wanted.names]
let failed = 0
async function fuzzInTurn() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const result = await fuzz(name, wanted.seed, wanted.seconds)
    tell(result)
    if (result.failure !== undefined) failed++
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, fuzzInTurn))
const took = Math.round((performance.now() - start) / 1000)
console.log(`${wanted.names.length - failed} passed, ${failed} failed in ${took} s`)
process.exitCode = failed > 0 ? 1 : 0
