import { createHash } from 'node:crypto'
import { encodeSafetensors } from '../data/safetensors.js'
import type { SafetensorsContent, Tensor } from '../data/tensor-content.js'
import { readTensors, writeTensors } from '../data/tensor-file.js'
import { inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import {
  type LayeredArchitecture,
  type LayeredPlan,
  type PlannedOperation,
  planArchitecture,
} from './layered-plan.js'

const METADATA = 'layeredNetwork'

/** The numbers of a layered network. */
export interface LayeredState {
  readonly parameters: Float32Array
  readonly statistics: Float32Array
}

interface NamedPlace {
  readonly name: string
  readonly shape: readonly number[]
  readonly array: keyof LayeredState
  readonly first: number
}

/** The numbers by name; the arrays are views. */
export function layeredTensors(
  { operations }: Pick<LayeredPlan, 'operations'>,
  state: LayeredState,
): Map<string, Tensor & { readonly data: Float32Array }> {
  return new Map(
    operations.flatMap(placesOf).map(({ name, shape, array, first }) => {
      const data = state[array].subarray(first, first + sizeOf(shape))
      return [name, { shape, data }]
    }),
  )
}

export async function writeLayeredNetwork(
  path: string,
  architecture: LayeredArchitecture,
  tensors: ReadonlyMap<string, Tensor>,
): Promise<void> {
  await writeTensors(path, contentOf(architecture, tensors))
}

/** SHA-256 of the safetensors file that `writeLayeredNetwork` writes. */
export function layeredNetworkDigest(
  architecture: LayeredArchitecture,
  tensors: ReadonlyMap<string, Tensor>,
): string {
  return createHash('sha256')
    .update(encodeSafetensors(contentOf(architecture, tensors)))
    .digest('hex')
}

function contentOf(
  { input, layers }: LayeredArchitecture,
  tensors: ReadonlyMap<string, Tensor>,
): SafetensorsContent {
  return { tensors, metadata: { [METADATA]: JSON.stringify({ input, layers }) } }
}

/** @throws RobustFeaturesError `FILE_NOT_FOUND`, `INVALID_FILE`, `NATIVE_ADDON_UNAVAILABLE` */
export async function readLayeredNetwork(path: string): Promise<LayeredArchitecture & LayeredState> {
  const { tensors, metadata } = await readTensors(path)
  const text = metadata[METADATA]
  if (text === undefined) {
    const patches =
      metadata.network === undefined
        ? undefined
        : "a patch network: in a program PatchNetwork.load(path) reads it, evaluateRobustness measures it and its save('x.npz') writes it for others"
    throw notOne(path, patches ?? 'another file')
  }
  try {
    const plan = planArchitecture(JSON.parse(text))
    // Before any memory is asked for, so that a small file cannot claim much of it.
    const places = plan.operations.flatMap(placesOf)
    const found = new Map(places.map((place) => [place, requireTensor(path, tensors, place)]))
    const known = new Set(places.map(({ name }) => name))
    const unknown = [...tensors.keys()].find((name) => !known.has(name))
    if (unknown !== undefined)
      throw notOne(path, `tensor ${inlineText(unknown)}, which its layers do not have`)
    const state = {
      parameters: new Float32Array(plan.parameterCount),
      statistics: new Float32Array(plan.statisticCount),
    }
    for (const [{ array, first }, data] of found) state[array].set(data, first)
    return { input: plan.input, layers: plan.layers, ...state }
  } catch (cause) {
    const { code, message } = cause as Partial<RobustFeaturesError>
    if (code === 'INVALID_FILE' || code === 'NATIVE_ADDON_UNAVAILABLE') throw cause
    const reason = cause instanceof RobustFeaturesError ? ` (${message?.replace(/\.$/, '')})` : ''
    throw notOne(path, `a damaged architecture${reason}`, cause)
  }
}

function requireTensor(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  { name, shape }: NamedPlace,
): Float32Array {
  const tensor = tensors.get(name)
  if (tensor?.data instanceof Float32Array && String(tensor.shape) === String(shape)) return tensor.data
  throw notOne(path, `no tensor ${name} of ${shape.join(' × ')} float32 numbers`)
}

function placesOf({ name, native, range }: PlannedOperation): NamedPlace[] {
  const { channels, weights, weightCount, biases, biasCount, statistics } = range
  const half = range.statisticCount / 2
  const place = (part: string, array: keyof LayeredState, first: number, shape: readonly number[]) => ({
    name: `${name}.${part}`,
    shape,
    array,
    first,
  })
  const side = native.kind === 'convolution' ? [native.window, native.window] : []
  const perUnit = native.kind === 'batchNormalization' ? [] : [weightCount / channels / sizeOf(side), ...side]
  return [
    place('weight', 'parameters', weights, [weightCount && channels, ...perUnit]),
    place('bias', 'parameters', biases, [biasCount]),
    place('mean', 'statistics', statistics, [half]),
    place('variance', 'statistics', statistics + half, [half]),
  ].filter(({ shape }) => sizeOf(shape) > 0)
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

function notOne(path: string, found: string, cause?: unknown): RobustFeaturesError {
  const message = `Expected ${path} to hold a layered network, got ${found}.`
  return new RobustFeaturesError('INVALID_FILE', message, cause === undefined ? {} : { cause })
}
