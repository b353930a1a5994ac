import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Case } from '../cases/cases.js'
import { inProject } from '../paths.js'
import type { Prepared, PrepareRequest, Reply, Request } from './contender.js'

const program = inProject('build', 'native-bench', 'robust-features-floor')

/** The native program that runs the products and times them; one line is asked, one is answered. */
class FloorProgram {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #reader: Interface
  readonly #lines: AsyncIterator<string>

  constructor() {
    if (!existsSync(program)) {
      throw new Error(`Expected ${program}, which \`node scripts/setup/main.mjs --for bench\` builds.`)
    }
    this.#child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] })
    // That the program could not start or has ended is noticed where its answer is missing.
    this.#child.on('error', () => {})
    this.#child.stdin.on('error', () => {})
    this.#reader = createInterface({ input: this.#child.stdout })
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  /** The words of the answer after its first. */
  async ask(question: string): Promise<readonly string[]> {
    this.#child.stdin.write(`${question}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`Expected ${program} to answer '${question}', but it ended.`)
    const [kind, ...words] = value.split(' ')
    if (kind === 'error') throw new Error(words.join(' '))
    return words
  }

  end(): void {
    this.#child.stdin.end()
    this.#reader.close()
  }
}

function questionOf({ shape, step }: Case, threads: number): string {
  const { samples, patches, dimension, classes, filtersPerClass } = shape
  const kind = step.attack?.norm ?? (step.updates ? 'standard' : 'forward')
  const sizes = [samples * patches, dimension, classes * filtersPerClass, threads]
  return ['prepare', ...sizes, kind, step.attack?.steps ?? 0].join(' ')
}

/** `key=value` words as an object, numbers as numbers. */
function settingsOf(words: readonly string[]): Record<string, string | number> {
  return Object.fromEntries(
    words.map((word) => {
      const [key = '', value = ''] = word.split('=')
      return [key, Number.isNaN(Number(value)) ? value : Number(value)]
    }),
  )
}

let floor: FloorProgram | undefined

/** Nothing but products: there are no losses. */
async function prepare({ case: benchmark, threads }: PrepareRequest): Promise<Prepared> {
  floor?.end()
  floor = new FloorProgram()
  const { openblas, kernel, ...settings } = settingsOf(
    await floor.ask(questionOf(benchmark as Case, threads)),
  )
  return {
    losses: [],
    versions: { OpenBLAS: `${openblas} ${kernel}` },
    settings: { threads, ...settings },
  }
}

async function answer(request: Request): Promise<Reply> {
  if (request.do === 'prepare') return prepare(request)
  if (floor === undefined) throw new Error('Expected `prepare` before `run`.')
  const [seconds] = await floor.ask(`run ${request.repetitions}`)
  return { seconds: Number(seconds) }
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply: Reply
  try {
    reply = await answer(JSON.parse(line))
  } catch (error) {
    process.exitCode = 1
    reply = { error: error instanceof Error ? error.message : String(error) }
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`)
  if (process.exitCode === 1) break
}
floor?.end()
