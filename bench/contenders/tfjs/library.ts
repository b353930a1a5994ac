import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What the contenders use of TensorFlow.js, which is installed on request only, so its types are not here. */
export interface Tensor {
  readonly shape: readonly number[]
  data(): Promise<ArrayLike<number>>
  dispose(): void
}

export interface Variable extends Tensor {
  readonly name: string
  assign(value: Tensor): void
}

type Unary = (x: Tensor) => Tensor
type Binary = (a: Tensor, b: Tensor | number) => Tensor

export interface TensorFlow {
  readonly add: Binary
  readonly sub: Binary
  readonly mul: Binary
  readonly div: Binary
  readonly pow: Binary
  readonly maximum: Binary
  readonly minimum: Binary
  readonly relu: Unary
  readonly square: Unary
  readonly sqrt: Unary
  readonly rsqrt: Unary
  readonly sign: Unary
  readonly softmax: Unary
  readonly transpose: (x: Tensor, order?: readonly number[]) => Tensor
  readonly mean: (x: Tensor, axis: readonly number[]) => Tensor
  readonly stack: (tensors: readonly Tensor[]) => Tensor
  readonly pad: (x: Tensor, widths: readonly (readonly [number, number])[]) => Tensor
  readonly stridedSlice: (
    x: Tensor,
    begin: readonly number[],
    end: readonly number[],
    strides: readonly number[],
  ) => Tensor
  readonly conv2d: (x: Tensor, weights: Tensor, stride: number, padding: 'valid') => Tensor
  readonly conv2dTranspose: (
    x: Tensor,
    weights: Tensor,
    shape: readonly number[],
    stride: number,
    padding: 'valid',
  ) => Tensor
  readonly customGrad: (
    f: (
      x: Tensor,
      weights: Tensor,
      save: (tensors: readonly [Tensor, Tensor]) => void,
    ) => {
      value: Tensor
      gradFunc: (gradient: Tensor, saved: readonly [Tensor, Tensor]) => Tensor[]
    },
  ) => (x: Tensor, weights: Tensor) => Tensor
  readonly variableGrads: (
    f: () => Tensor,
    variables: readonly Variable[],
  ) => { value: Tensor; grads: Readonly<Record<string, Tensor>> }
  readonly zerosLike: Unary
  readonly addN: (tensors: readonly Tensor[]) => Tensor
  readonly clipByValue: (x: Tensor, least: number, most: number) => Tensor
  readonly sum: (x: Tensor, axis?: number | readonly number[], keepDimensions?: boolean) => Tensor
  readonly logSumExp: (x: Tensor, axis: number) => Tensor
  readonly matMul: (a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean) => Tensor
  readonly reshape: (x: Tensor, shape: readonly number[]) => Tensor
  readonly tensor: (values: Float32Array, shape: readonly number[]) => Tensor
  readonly scalar: (value: number) => Tensor
  readonly ones: (shape: readonly number[]) => Tensor
  readonly variable: (initial: Tensor) => Variable
  readonly tidy: <Result>(work: () => Result) => Result
  readonly grad: (f: (x: Tensor) => Tensor) => Unary
  readonly losses: { readonly softmaxCrossEntropy: (oneHot: Tensor, logits: Tensor) => Tensor }
  readonly train: { readonly sgd: (learningRate: number) => Optimizer }
  readonly enableProdMode: () => void
  readonly setBackend: (name: string) => Promise<boolean>
  readonly ready: () => Promise<void>
  readonly env: () => { getAsync(flag: string): Promise<boolean | number> }
}

export interface Optimizer {
  minimize(loss: () => Tensor, returnCost: boolean, variables: readonly Variable[]): Tensor | null
}

export const backends = ['cpu', 'wasm', 'node'] as const
export type Backend = (typeof backends)[number]

export interface Library {
  readonly tf: TensorFlow
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

const packageOf: Readonly<Record<Backend, string>> = {
  cpu: '@tensorflow/tfjs',
  wasm: '@tensorflow/tfjs-backend-wasm',
  node: '@tensorflow/tfjs-node',
}

/** The library with one backend ready, or why there is none. Threads concern `node` alone. */
export async function load(backend: Backend, threads: number): Promise<Library | { unsupported: string }> {
  const peers = fileURLToPath(new URL('build/peers/', import.meta.resolve('robust-features/package.json')))
  const requirePeer = createRequire(peers)
  const name = packageOf[backend]
  const version = (of: string): string => requirePeer(`${of}/package.json`).version
  try {
    requirePeer.resolve(name)
  } catch {
    return { unsupported: `${name} is not installed; run the benchmark with --install-peers.` }
  }
  return backend === 'node' ? loadNode() : await loadPortable()

  async function loadPortable(): Promise<Library> {
    const tf: TensorFlow = requirePeer('@tensorflow/tfjs')
    if (backend === 'wasm') requirePeer(name)
    tf.enableProdMode()
    await tf.setBackend(backend)
    await tf.ready()
    // The wasm backend turns its threads off wherever it finds Node.
    const simd = backend === 'wasm' && { simd: await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT') }
    return { tf, versions: { [name]: version(name) }, settings: { threads: 1, ...simd } }
  }

  function loadNode(): Library | { unsupported: string } {
    // TensorFlow reads these when its first context is made.
    Object.assign(process.env, {
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_NUM_INTEROP_THREADS: '1',
      TF_CPP_MIN_LOG_LEVEL: '2',
    })
    try {
      const tf: TensorFlow & { backend(): { binding: { TF_Version: string } } } = requirePeer(name)
      tf.enableProdMode()
      const libtensorflow = tf.backend().binding.TF_Version
      return { tf, versions: { [name]: version(name), libtensorflow }, settings: { threads } }
    } catch (error) {
      const [reason] = String(error instanceof Error ? error.message : error).split('\n')
      return { unsupported: `${name} does not load: ${reason}` }
    }
  }
}
