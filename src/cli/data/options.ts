import { z } from 'zod'
import { DATA_SET_NAMES, type DataSetName } from '../../data/images/sets/registry.js'
import { endsLikeTensors } from '../../data/tensor-file.js'
import { parseOptions } from '../../native/validation.js'

export const dataDirectoryFlag = [
  '--data-dir <directory>',
  'folder of data sets (default: ROBUST_FEATURES_DATA, else ~/.cache/robust-features/data)',
] as const

export const dataDirectoryOption = z.string().optional()

export const dataSetArgument = `any of ${DATA_SET_NAMES.join(', ')}`

/** The name of a public data set, or the path of a file of images and labels. */
export const dataSetOrFileOption = z.union([
  z.enum(DATA_SET_NAMES),
  // Without `abort` the union would speak of this branch alone.
  z.string().refine(endsLikeTensors, { error: 'a file that ends in .npz or .safetensors', abort: true }),
])

export const dataSetOrFile = `one of ${DATA_SET_NAMES.join(', ')}, or a file of images and labels`

export function isDataSetName(name: string): name is DataSetName {
  return (DATA_SET_NAMES as readonly string[]).includes(name)
}

export function parseDataSets(names: readonly string[]): DataSetName[] {
  return parseOptions(z.object({ sets: z.array(z.enum(DATA_SET_NAMES)) }), { sets: names }, 'arguments').sets
}
