/** A problem's shape: N samples of P patches of d numbers, k classes of m filters. */
export interface Shape {
  readonly name: string
  readonly samples: number
  readonly patches: number
  readonly dimension: number
  readonly classes: number
  readonly filtersPerClass: number
}

/** What is repeated and timed. */
export interface Step {
  readonly name: string
  /** Ascent steps of the inner attack; none for standard training, no update at all for `forward`. */
  readonly attack?: { readonly steps: number; readonly norm: 'l2' | 'linf' }
  readonly updates: boolean
}

export interface Case {
  readonly name: string
  readonly shape: Shape
  readonly step: Step
  /** Of the loss trajectory every contender must reproduce. */
  readonly learningRate: number
  /** Radius of the ball of every patch. */
  readonly radius: number
  /** Of a growth sweep: what grows, and how far it is here. */
  readonly sweep?: { readonly over: string; readonly value: number }
}

export const shapes: readonly Shape[] = [
  { name: 'small', samples: 150, patches: 42, dimension: 64, classes: 5, filtersPerClass: 5 },
  { name: 'medium', samples: 1000, patches: 64, dimension: 128, classes: 10, filtersPerClass: 10 },
  { name: 'wide', samples: 150, patches: 42, dimension: 784, classes: 5, filtersPerClass: 5 },
]

export const steps: readonly Step[] = [
  { name: 'forward', updates: false },
  { name: 'standard-step', updates: true },
  { name: 'one-step-adversarial-step', updates: true, attack: { steps: 1, norm: 'l2' } },
  { name: 'pgd-10-l2-step', updates: true, attack: { steps: 10, norm: 'l2' } },
  { name: 'pgd-10-linf-step', updates: true, attack: { steps: 10, norm: 'linf' } },
]

export const cases: readonly Case[] = shapes.flatMap((shape) => steps.map((step) => caseOf(step, shape)))

export function caseOf(step: Step, shape: Shape): Case {
  return {
    name: `${step.name}/${shape.name}`,
    shape,
    step,
    learningRate: 0.1,
    radius: step.attack?.norm === 'linf' ? 0.02 : 0.1,
  }
}
