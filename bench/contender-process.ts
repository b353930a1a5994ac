import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Reply, Request } from './contenders/contender.js'

/** A contender in a process of its own, so that none disturbs another's memory or threads. */
export class ContenderProcess {
  readonly name: string
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface

  constructor(name: string) {
    this.name = name
    const script = fileURLToPath(new URL(`contenders/${name}.js`, import.meta.url))
    this.#child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#child.stdout === null) throw new Error(`Expected ${name} to have an output, got none.`)
    this.#reader = createInterface({ input: this.#child.stdout })
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  async ask(request: Request): Promise<Reply> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`Expected ${this.name} to answer, but its process ended.`)
    return JSON.parse(value)
  }

  async seconds(repetitions: number): Promise<number> {
    const reply = await this.ask({ do: 'run', repetitions })
    return 'seconds' in reply ? reply.seconds : Number.NaN
  }

  end(): void {
    this.#child.stdin?.end()
    this.#reader.close()
  }
}
