import { FLOOR, OURS } from './contenders/registry.js'

/** A speed that is aimed at: a quotient of two times, measured in the same rounds. */
export interface Target {
  /** A case, or the shape where several are meant. */
  readonly case: string
  /** The cases that are measured for it; the worst of them counts. */
  readonly cases: readonly string[]
  readonly versus: string
  /** `at most`: our time over theirs; `at least`: theirs over ours. */
  readonly kind: 'at most' | 'at least'
  /** None where the number is only reported. */
  readonly goal: number | null
  /** Who is meant by `versus`; the fastest of them counts. */
  readonly contenders: readonly string[]
}

export const MEMORY_TARGET = { case: 'memory', versus: 'MiB', kind: 'at most', goal: 64 } as const

/** The floor of another case, in the rounds of this one. */
export const floorOf = (caseName: string) => `${FLOOR} of ${caseName}`
export const OURS_ON_ONE_THREAD = `${OURS} on 1 thread`

function atMost(name: string, goal: number, versus: string = FLOOR): Target {
  return { case: name, cases: [name], versus, kind: 'at most', goal, contenders: [versus] }
}

const PEERS = {
  NumPy: ['numpy', 'numpy-ordinary'],
  'JAX jit': ['jax', 'jax-ordinary'],
  'PyTorch, best mode': ['pytorch-eager', 'pytorch-compiled', 'pytorch-ordinary'],
  'tfjs wasm': ['tfjs-wasm', 'tfjs-wasm-ordinary'],
  'tfjs cpu': ['tfjs-cpu', 'tfjs-cpu-ordinary'],
  'tfjs node': ['tfjs-node', 'tfjs-node-ordinary'],
  'JAX jit with Gram space': ['jax-gram'],
  'PyTorch with Gram space': ['pytorch-gram'],
} as const

/** One row of the table that users see; null is reported without a goal. */
function peers(name: string, goals: Partial<Record<keyof typeof PEERS, number | null>>): readonly Target[] {
  return (Object.keys(goals) as (keyof typeof PEERS)[]).map((versus) => ({
    case: name,
    cases: [name],
    versus,
    kind: 'at least',
    goal: goals[versus] ?? null,
    contenders: PEERS[versus],
  }))
}

/** Training steps of layered networks. */
export const layeredTargets: readonly Target[] = [
  {
    case: 'cnn-pgd-step',
    cases: ['cnn-pgd-step'],
    versus: 'PyTorch, best mode',
    kind: 'at most',
    goal: 0.8,
    contenders: ['pytorch-eager', 'pytorch-compiled'],
  },
  {
    case: 'cnn-pgd-step',
    cases: ['cnn-pgd-step'],
    versus: '1 thread',
    kind: 'at least',
    goal: 1.8,
    contenders: [OURS_ON_ONE_THREAD],
  },
  ...peers('cnn-standard-step', {
    'PyTorch, best mode': null,
    'JAX jit': null,
    'tfjs wasm': 50,
    'tfjs node': null,
  }),
  ...peers('cnn-pgd-step', { 'JAX jit': null, 'tfjs wasm': null, 'tfjs node': null }),
]

/** Of patch networks. */
export const patchTargets: readonly Target[] = [
  atMost('standard-step/medium', 1.15),
  atMost('standard-step/wide', 1.15),
  atMost('one-step-adversarial-step/medium', 1.2),
  atMost('pgd-10-l2-step/wide', 2, floorOf('standard-step/wide')),
  atMost('pgd-10-linf-step/medium', 1.3),
  {
    case: 'medium',
    cases: ['standard-step/medium', 'one-step-adversarial-step/medium'],
    versus: '1 thread',
    kind: 'at least',
    goal: 1.85,
    contenders: [OURS_ON_ONE_THREAD],
  },
  ...peers('one-step-adversarial-step/small', {
    NumPy: null,
    'JAX jit': null,
    'PyTorch, best mode': null,
    'tfjs wasm': 45,
    'tfjs cpu': 500,
    'tfjs node': null,
  }),
  ...peers('one-step-adversarial-step/medium', {
    NumPy: 3.3,
    'JAX jit': 3.5,
    'PyTorch, best mode': 2.5,
    'tfjs wasm': null,
    'tfjs cpu': null,
    'tfjs node': null,
  }),
  ...peers('pgd-10-l2-step/wide', {
    NumPy: 35,
    'JAX jit': 22,
    'PyTorch, best mode': 22,
    'tfjs wasm': null,
    'tfjs cpu': null,
    'tfjs node': null,
    'JAX jit with Gram space': 5,
    'PyTorch with Gram space': null,
  }),
  ...peers('pgd-10-linf-step/medium', {
    NumPy: null,
    'JAX jit': 3,
    'PyTorch, best mode': 4,
    'tfjs wasm': null,
    'tfjs node': null,
  }),
]

export const targets = [...patchTargets, ...layeredTargets]

/** Contenders that the targets of a case compare ours with. */
export function targetPeers(caseName: string): readonly string[] {
  return targets.filter((target) => target.cases.includes(caseName)).flatMap(({ contenders }) => contenders)
}
