import { createInterface } from 'node:readline'
import type { Case } from '../cases/cases.js'

/** A request to a contender's process and what it answers, each one line of JSON. */
export type Request =
  | { readonly do: 'prepare'; readonly case: Case; readonly threads: number; readonly checkedSteps: number }
  | { readonly do: 'run'; readonly repetitions: number }

export type Reply =
  | { readonly losses: readonly number[] }
  | { readonly seconds: number }
  | { readonly unsupported: string }

/** One implementation of a case. */
export interface Contender {
  /** The losses before each of `steps` updates from the initial weights. */
  losses(steps: number): Promise<readonly number[]>
  /** Does the step `repetitions` times. */
  run(repetitions: number): Promise<void>
}

/** Serves a contender on stdin and stdout; times itself, so that the pipe is not part of it. */
export async function serve(make: (benchmark: Case, threads: number) => Promise<Contender>): Promise<void> {
  let contender: Contender | undefined
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Request))}\n`)
  }

  async function answer(request: Request): Promise<Reply> {
    if (request.do === 'prepare') {
      contender = await make(request.case, request.threads)
      return { losses: await contender.losses(request.checkedSteps) }
    }
    const started = performance.now()
    await contender?.run(request.repetitions)
    return { seconds: (performance.now() - started) / 1000 }
  }
}
