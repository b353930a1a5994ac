import { type Case, caseOf, type Shape, type Step } from './cases.js'

const SHAPE: Shape = {
  name: 'sweep',
  samples: 300,
  patches: 42,
  dimension: 256,
  classes: 5,
  filtersPerClass: 5,
}

const CHANGES = {
  N: { values: [75, 150, 300, 600, 1200], change: (samples: number) => ({ samples }) },
  P: { values: [10, 21, 42, 84, 168], change: (patches: number) => ({ patches }) },
  d: { values: [64, 128, 256, 512, 1024], change: (dimension: number) => ({ dimension }) },
  filters: {
    values: [10, 25, 50, 100, 200],
    change: (filters: number) => ({ filtersPerClass: filters / SHAPE.classes }),
  },
  K: { values: [1, 2, 5, 10, 20], change: () => ({}) },
} as const

export type Sweep = keyof typeof CHANGES

export const sweeps = Object.keys(CHANGES) as readonly Sweep[]

/** PGD training steps that differ in one number: N, P, d, k·m (`filters`) or ascent steps K. */
export function sweepCases(over: Sweep): readonly Case[] {
  const { values, change } = CHANGES[over]
  return values.map((value) => {
    const step = pgdStep(over === 'K' ? value : 10)
    return {
      ...caseOf(step, { ...SHAPE, ...change(value), name: `${over}=${value}` }),
      sweep: { over, value },
    }
  })
}

function pgdStep(steps: number): Step {
  return { name: `pgd-${steps}-l2-step`, updates: true, attack: { steps, norm: 'l2' } }
}
