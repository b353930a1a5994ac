// A worker thread: damages good files of one parser again and again, keeps those that reach code that none reached
// before, and damages them further. What is read in `workerData.input` is the file that is being parsed.
import { parentPort, workerData } from 'node:worker_threads'
import { Random } from '../helpers/random.mjs'
import { Coverage } from './coverage.mjs'
import { damage } from './damage.mjs'
import { parsersIn } from './parsers.mjs'
import { refusalCode } from './refusal.mjs'

/** Coverage is asked for after so many files, and file by file where it grew. */
const BATCH = 64
/** What a file of a few kilobytes may take: 16 MiB are allowed to be unpacked, and copied once or twice. */
const MOST_BYTES = 2 ** 26
const LONGEST_KEPT = 2 ** 14

const { name, seed, seconds, input, folder } = workerData
const { seeds, parse, codes = [] } = parsersIn(folder)[name]
const random = new Random(seed)
const coverage = new Coverage((url) => /\/dist\/|\/(adm-zip|pngjs|tar|minizlib|yaml)\//.test(url))
const [state, copy] = [new Int32Array(input, 0, 2), new Uint8Array(input, 8)]

const counts = { files: 0, refused: 0, kept: 0 }
const corpus = []

/** Parses a file; fails by throwing. */
async function parseOne(bytes) {
  copy.set(bytes.subarray(0, copy.length))
  Atomics.store(state, 1, bytes.length)
  Atomics.add(state, 0, 1)
  counts.files++
  const before = memory()
  try {
    await parse(bytes)
  } catch (error) {
    if (!['INVALID_FILE', ...codes].includes(refusalCode(error))) throw error
    counts.refused++
  }
  const taken = memory() - before
  if (taken > MOST_BYTES) throw new Error(`it takes ${taken} bytes`)
}

function memory() {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const newest = () => (corpus.length > 4 && random.below(2) === 0 ? corpus.slice(-4) : corpus)

async function batch() {
  const files = Array.from({ length: BATCH }, () => damage(random.pick(newest()), random, corpus))
  for (const file of files) await parseOne(file)
  if (!coverage.grew(false)) return
  for (const file of files) {
    await parseOne(file)
    if (!coverage.grew(true) || file.length > LONGEST_KEPT) continue
    corpus.push(file)
    counts.kept++
  }
}

// Printed to whoever reads a file, and no refusal.
process.on('warning', (warning) => {
  throw warning
})

for (const good of await seeds()) {
  await parse(good)
  corpus.push(good)
}
coverage.grew(true)
if (coverage.characters === 0) throw new Error('no code of the package was seen to run')
const end = performance.now() + 1000 * seconds
while (performance.now() < end) await batch()
parentPort.postMessage({ ...counts, characters: coverage.characters })
