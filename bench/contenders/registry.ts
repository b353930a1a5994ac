export type Variant = 'tuned' | 'ordinary' | 'gram'

/** A contender as data: what it is, and where its program is. */
export interface ContenderEntry {
  readonly name: string
  /** Whose library it is. */
  readonly family: string
  /** `tuned` as its experts would write it, `ordinary` as most users do, `gram` with our algorithm. */
  readonly variant: Variant
  readonly language: 'node' | 'python'
  /** Of bench/contenders or bench/peers, without its ending. */
  readonly file: string
  /** Likewise of what does the cases of layered networks, where it does. */
  readonly layeredFile?: string
  /** The Python module, or the npm package in build/peers, it needs. */
  readonly module?: string
  /** Whether more than one thread can change anything. */
  readonly threaded: boolean
  /** Whether it does whole steps, whose losses can be checked. */
  readonly checked: boolean
  /** Steps of a run, at least, where a run does more than its steps. */
  readonly fewestRepetitions?: number
}

export const OURS = 'robust-features'
export const FLOOR = 'floor'
export const ORACLE = 'oracle'

const PYTORCH_LAYERED = 'pytorch_layered_peer'

const node = { language: 'node', threaded: true, checked: true } as const
const python = { language: 'python', threaded: true, checked: true } as const
// A training makes its buffers once; usually it has hundreds of steps.
const ours = {
  ...node,
  family: OURS,
  file: 'robust-features',
  variant: 'tuned',
  fewestRepetitions: 10,
} as const
const tfjs = { ...node, family: 'tfjs', file: 'tfjs', module: '@tensorflow/tfjs' } as const
const tfjsNode = { ...tfjs, module: '@tensorflow/tfjs-node' } as const
const tfjsWasm = { ...tfjs, module: '@tensorflow/tfjs-backend-wasm', threaded: false } as const
const tfjsCpu = { ...tfjs, threaded: false } as const
const numpy = { ...python, family: 'NumPy', file: 'numpy_peer', module: 'numpy' } as const
const jax = { ...python, family: 'JAX', file: 'jax_peer', module: 'jax' } as const
const tensorflow = {
  ...python,
  family: 'TensorFlow',
  file: 'tensorflow_peer',
  module: 'tensorflow',
} as const
const pytorch = { ...python, family: 'PyTorch', file: 'pytorch_peer', module: 'torch' } as const

export const contenders: readonly ContenderEntry[] = [
  { ...ours, name: OURS, layeredFile: 'layered' },
  { ...ours, name: 'robust-features-gram', variant: 'gram' },
  { ...ours, name: 'robust-features-direct' },
  { ...node, name: FLOOR, family: 'floor', file: 'floor', variant: 'tuned', checked: false },
  { ...numpy, name: 'numpy', variant: 'tuned' },
  { ...numpy, name: 'numpy-ordinary', variant: 'ordinary' },
  { ...numpy, name: 'numpy-gram', variant: 'gram' },
  { ...jax, name: 'jax', variant: 'tuned', layeredFile: 'jax_layered_peer' },
  { ...jax, name: 'jax-ordinary', variant: 'ordinary' },
  { ...jax, name: 'jax-gram', variant: 'gram' },
  { ...tensorflow, name: 'tensorflow', variant: 'tuned' },
  { ...tensorflow, name: 'tensorflow-ordinary', variant: 'ordinary' },
  { ...pytorch, name: 'pytorch-eager', variant: 'tuned', layeredFile: PYTORCH_LAYERED },
  { ...pytorch, name: 'pytorch-compiled', variant: 'tuned', layeredFile: PYTORCH_LAYERED },
  { ...pytorch, name: 'pytorch-ordinary', variant: 'ordinary' },
  { ...pytorch, name: 'pytorch-gram', variant: 'gram' },
  { ...tfjsNode, name: 'tfjs-node', variant: 'tuned', layeredFile: 'tfjs' },
  { ...tfjsNode, name: 'tfjs-node-ordinary', variant: 'ordinary' },
  { ...tfjsWasm, name: 'tfjs-wasm', variant: 'tuned', layeredFile: 'tfjs' },
  { ...tfjsWasm, name: 'tfjs-wasm-ordinary', variant: 'ordinary' },
  { ...tfjsCpu, name: 'tfjs-cpu', variant: 'tuned' },
  { ...tfjsCpu, name: 'tfjs-cpu-ordinary', variant: 'ordinary' },
  { ...node, name: ORACLE, family: ORACLE, file: 'oracle', variant: 'tuned', threaded: false },
]

/** Ours in double precision: never timed, it gives the losses of cases that are too long for the oracle. */
export const FLOAT64: ContenderEntry = { ...ours, name: 'robust-features-float64' }

/** PyTorch in double precision: never timed, it gives the losses and parameters of layered networks. */
export const LAYERED_FLOAT64: ContenderEntry = {
  ...pytorch,
  name: 'pytorch-float64',
  variant: 'tuned',
  layeredFile: PYTORCH_LAYERED,
}

export function contenderNamed(name: string): ContenderEntry {
  const entry = [...contenders, FLOAT64].find((contender) => contender.name === name)
  if (entry === undefined) throw new Error(`Expected a contender of the registry, got '${name}'.`)
  return entry
}
