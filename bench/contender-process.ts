import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { z } from 'zod'
import type { Prepared, PrepareRequest, Request, Unsupported } from './contenders/contender.js'

/** How to start a contender's process. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** What keeps a contender from being measured, and why. */
export class ContenderFailure extends Error {
  readonly status: 'failed' | 'timeout'

  constructor(status: 'failed' | 'timeout', reason: string) {
    super(reason)
    this.status = status
  }
}

const preparedSchema = z.union([
  z.object({ unsupported: z.string() }),
  z.object({
    losses: z.array(z.number().nullable()),
    parameters: z.base64().optional(),
    versions: z.record(z.string(), z.string()).default({}),
    settings: z.record(z.string(), z.unknown()).default({}),
  }),
])
const ranSchema = z.object({ seconds: z.number().nonnegative() })
const errorSchema = z.object({ error: z.string() })

/** Time for a process to end by itself once its input has ended. */
const GRACE_MILLISECONDS = 1000
const KEPT_OUTPUT = 20_000

const running = new Set<ContenderProcess>()
// Also after an error nobody expected: no contender goes on calculating after the benchmark.
process.on('exit', () => {
  for (const contender of running) contender.kill()
})

/** A contender in a process of its own, so that none disturbs another's memory or threads. */
export class ContenderProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #reader: Interface
  readonly #limitSeconds: number
  readonly #closed: Promise<void>
  #errors = ''
  #ending: string | undefined
  #receive: ((line: string | undefined) => void) | undefined

  /** @param limitSeconds for one answer; a contender that takes longer is killed */
  constructor({ program, args, environment }: Command, limitSeconds: number) {
    this.#limitSeconds = limitSeconds
    // A process group of its own, so that its helpers end with it.
    this.#child = spawn(program, args, { env: { ...process.env, ...environment }, detached: true })
    running.add(this)
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_OUTPUT)
    })
    // Writing to a process that has ended is reported by its end.
    this.#child.stdin.on('error', () => {})
    this.#reader = createInterface({ input: this.#child.stdout })
    this.#reader.on('line', (line) => this.#receive?.(line))
    this.#closed = new Promise((resolve) => {
      const end = (ending: string) => {
        running.delete(this)
        this.#ending = ending
        this.#receive?.(undefined)
        resolve()
      }
      this.#child.on('error', ({ message }) => end(`could not be started: ${message}`))
      this.#child.on('close', (code, signal) =>
        end(signal === null ? `exit code ${code}` : `signal ${signal}`),
      )
    })
  }

  /** @throws ContenderFailure when the process ends, answers something else, or takes too long */
  async prepare(request: Omit<PrepareRequest, 'do'>): Promise<Prepared | Unsupported> {
    const reply = await this.#ask({ do: 'prepare', ...request }, preparedSchema)
    if ('unsupported' in reply) return reply
    return { ...reply, losses: reply.losses.map((loss) => loss ?? Number.NaN) }
  }

  /**
   * Seconds that `repetitions` steps took.
   *
   * @throws ContenderFailure as `prepare` does
   */
  async seconds(repetitions: number): Promise<number> {
    return (await this.#ask({ do: 'run', repetitions }, ranSchema)).seconds
  }

  /** Ends the process: by itself, or by force if it does not. */
  async end(): Promise<void> {
    this.#child.stdin.end()
    const impatience = setTimeout(() => this.kill(), GRACE_MILLISECONDS)
    await this.#closed
    clearTimeout(impatience)
  }

  kill(): void {
    const { pid } = this.#child
    if (pid === undefined || this.#ending !== undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      this.#child.kill('SIGKILL')
    }
  }

  async #ask<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
    const line = await this.#answer(request)
    let reply: unknown
    try {
      reply = JSON.parse(line)
    } catch {
      throw new ContenderFailure('failed', `Expected one line of JSON, got '${line.slice(0, 100)}'.`)
    }
    const error = errorSchema.safeParse(reply)
    if (error.success) throw new ContenderFailure('failed', error.data.error)
    const parsed = schema.safeParse(reply)
    if (parsed.success) return parsed.data
    throw new ContenderFailure(
      'failed',
      `Expected an answer to '${request.do}', got '${line.slice(0, 100)}'.`,
    )
  }

  #answer(request: Request): Promise<string> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(impatience)
        this.#receive = undefined
        act()
      }
      const impatience = setTimeout(() => {
        this.kill()
        const reason = `No answer to '${request.do}' within ${this.#limitSeconds} s.`
        settle(() => reject(new ContenderFailure('timeout', reason)))
      }, this.#limitSeconds * 1000)
      this.#receive = (line) => settle(() => (line === undefined ? reject(this.#failure()) : resolve(line)))
      if (this.#ending === undefined) this.#child.stdin.write(`${JSON.stringify(request)}\n`)
      else this.#receive(undefined)
    })
  }

  #failure(): ContenderFailure {
    const last = lastErrorLine(this.#errors)
    return new ContenderFailure('failed', `Its process ended: ${this.#ending}${last && `; ${last}`}.`)
  }
}

/** What a crashed program said last, without the stack and the version below it. */
export function lastErrorLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const telling = lines.filter(
    (line) => /\w/.test(line) && !/^(at |Node\.js v|code: |requireStack: )/.test(line),
  )
  return (telling.findLast((line) => /error/i.test(line)) ?? telling.at(-1) ?? '').replace(/\.$/, '')
}
