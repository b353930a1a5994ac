import { createInterface } from 'node:readline'
import type { Benchmark } from '../cases/benchmark.js'
import type { Case } from '../cases/cases.js'

export interface PrepareRequest {
  readonly do: 'prepare'
  readonly case: Benchmark
  /** Folder with the problem's arrays, see `writeProblem` and `writeImageProblem`. */
  readonly problem: string
  readonly threads: number
  /** How many losses of the trajectory to answer. */
  readonly checkedSteps: number
}

/** A request to a contender's process and what it answers, each one line of JSON. */
export type Request = PrepareRequest | { readonly do: 'run'; readonly repetitions: number }

export interface Unsupported {
  /** One sentence: why this contender cannot do the case. */
  readonly unsupported: string
}

export interface Prepared {
  readonly losses: readonly number[]
  /** Of a layered network after these updates: little-endian float32 in base64, laid out as the initial ones. */
  readonly parameters?: string | undefined
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, unknown>>
}

export type Reply = Prepared | Unsupported | { readonly seconds: number } | { readonly error: string }

/** One implementation of a case. */
export interface Contender {
  /** The losses before each of `steps` updates from the initial weights; for `forward` the one clean loss. */
  losses(steps: number): Promise<readonly number[]>
  /** Of a layered network, after the updates of `losses`. */
  parameters?(): Float32Array | Promise<Float32Array>
  /** Does the step `repetitions` times from the initial weights. */
  run(repetitions: number): Promise<void>
  readonly versions?: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, unknown>>
}

/** Makes the contender named on the command line ready for a case. */
export type MakeContender<Of extends Benchmark> = (
  benchmark: Of,
  threads: number,
  problem: string,
  name: string,
) => Promise<Contender | Unsupported>

/** Serves a contender on stdin and stdout; times itself, so that the pipe is not part of it. */
export async function serve<Of extends Benchmark = Case>(make: MakeContender<Of>): Promise<void> {
  let contender: Contender | undefined
  for await (const line of createInterface({ input: process.stdin })) {
    let reply: Reply
    try {
      reply = await answer(JSON.parse(line) as Request)
    } catch (error) {
      process.exitCode = 1
      reply = { error: error instanceof Error ? error.message : String(error) }
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`)
    if (process.exitCode === 1) return
  }

  async function answer(request: Request): Promise<Reply> {
    if (request.do === 'prepare') {
      const made = await make(request.case as Of, request.threads, request.problem, process.argv[2] ?? '')
      if ('unsupported' in made) return made
      contender = made
      const losses = await made.losses(request.checkedSteps)
      const parameters = await made.parameters?.()
      return {
        losses,
        ...(parameters && { parameters: encode(parameters) }),
        versions: made.versions ?? {},
        settings: made.settings ?? {},
      }
    }
    if (contender === undefined) throw new Error('Expected `prepare` before `run`.')
    const started = performance.now()
    await contender.run(request.repetitions)
    return { seconds: (performance.now() - started) / 1000 }
  }
}

function encode({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
