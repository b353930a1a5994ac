import type { Shape, Step } from '../cases/cases.js'
import type { ImageShape } from '../cases/image-cases.js'
import type { Variant } from '../contenders/registry.js'
import type { Summary } from './statistics.js'

/** What a contender did in one case; only one whose losses are right has a time. */
export type ContenderResult = Identity & (Measured | NotMeasured)

export interface Identity {
  /** The contender's name, followed by what distinguishes it where it takes part once more in another role. */
  readonly contender: string
  readonly family: string
  readonly variant: Variant
}

export interface Measured extends Summary {
  readonly status: 'measured'
  readonly threads: number
  readonly threadsTried: readonly number[]
  /** Milliseconds per step, a number per round. */
  readonly rounds: readonly number[]
  /** Steps per round. */
  readonly repetitions: number
  /** Largest relative difference of its losses from the right ones; absent where it has none. */
  readonly difference?: number
  /** Of a layered network's trained parameters: ‖θ − θ_right‖ / ‖θ_right − θ₀‖. */
  readonly parameterDifference?: number
  /** The case's unavoidable operations per second, in 10⁹. */
  readonly gflops: number
  /** Times the floor's time, and ours: medians over rounds of the quotient within a round. */
  readonly versusFloor?: number
  readonly versusOurs?: number
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, unknown>>
}

export interface NotMeasured {
  /**
   * `wrong`: other losses or parameters; `unsupported`: cannot do this case; `missing`: not installed; `skipped`: would take too long;
   * `timeout`: took too long; `failed`: crashed.
   */
  readonly status: 'wrong' | 'unsupported' | 'missing' | 'skipped' | 'timeout' | 'failed'
  readonly reason: string
  readonly difference?: number
}

export interface CaseResult {
  readonly name: string
  readonly shape: Shape | ImageShape
  readonly step: Step
  readonly sweep?: { readonly over: string; readonly value: number }
  readonly unavoidableGflop: number
  /** What the losses were compared with. */
  readonly checkedAgainst: string
  readonly checkedSteps: number
  readonly results: readonly ContenderResult[]
}

/** Peak memory of training beyond one copy of the data. */
export interface MemoryResult {
  readonly peakBytes: number
  readonly limitBytes: number
  readonly samples: number
  readonly patches: number
  readonly dimension: number
  readonly filters: number
  readonly contender: string
}

export type MemoryOutcome = MemoryResult | { readonly unsupported: string } | { readonly failed: string }

export function resultOf({ results }: CaseResult, contender: string): ContenderResult | undefined {
  return results.find((result) => result.contender === contender)
}

export function measuredOf(result: CaseResult, contender: string): (Identity & Measured) | undefined {
  const found = resultOf(result, contender)
  return found?.status === 'measured' ? found : undefined
}
