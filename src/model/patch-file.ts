import { z } from 'zod'
import { invalidFile } from '../data/invalid-file.js'
import { readTensors, writeTensors } from '../data/tensor-file.js'
import type { FloatArray } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import { requireFiniteArray } from '../native/typed-array.js'
import { parseOptions } from '../native/validation.js'
import type { Activation } from './activation.js'
import { patchNetworkShape } from './patch-network-options.js'

const FACTS = '`network` in its metadata with classes, filtersPerClass, dimension and activation'

/** What makes a patch network. */
export interface PatchNetworkFields {
  readonly classes: number
  readonly filtersPerClass: number
  readonly dimension: number
  readonly activation: Activation
  readonly weights: FloatArray
}

export async function writePatchNetwork(
  path: string,
  { weights, ...facts }: PatchNetworkFields,
): Promise<void> {
  const tensors = new Map([['weights', { shape: shapeOf(facts), data: weights }]])
  await writeTensors(path, { tensors, metadata: { network: JSON.stringify(facts) } })
}

/** @throws RobustFeaturesError `FILE_NOT_FOUND`, `INVALID_FILE` */
export async function readPatchNetwork(path: string): Promise<PatchNetworkFields> {
  const { tensors, metadata } = await readTensors(path)
  const { network, layeredNetwork } = metadata
  if (network === undefined)
    throw notOne(
      path,
      layeredNetwork === undefined
        ? `a file without ${FACTS}`
        : 'a layered network, which LayeredNetwork.load(path) reads',
    )
  try {
    const facts = parseOptions(z.strictObject(patchNetworkShape), JSON.parse(network), 'network')
    const [rows, columns] = shapeOf(facts)
    const { shape, data } = tensors.get('weights') ?? {}
    const isFloat = data instanceof Float32Array || data instanceof Float64Array
    if (!isFloat || String(shape) !== `${rows},${columns}`)
      throw notOne(path, `no tensor weights of ${rows} × ${columns} float32 or float64 numbers`)
    return {
      ...facts,
      weights: requireFiniteArray<FloatArray>(data, 'weights', [Float32Array, Float64Array], data.length),
    }
  } catch (cause) {
    if (!(cause instanceof RobustFeaturesError)) throw notOne(path, `no ${FACTS}, as JSON`, cause)
    if (cause.code === 'INVALID_FILE') throw cause
    throw notOne(path, `a damaged one (${cause.message.replace(/\.$/, '')})`, cause)
  }
}

function shapeOf(facts: Omit<PatchNetworkFields, 'weights'>): [rows: number, columns: number] {
  return [facts.classes * facts.filtersPerClass, facts.dimension]
}

function notOne(path: string, found: string, cause?: unknown): RobustFeaturesError {
  return invalidFile(path, 'a patch network', found, cause === undefined ? {} : { cause })
}
