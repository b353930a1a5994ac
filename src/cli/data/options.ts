import { z } from 'zod'
import { DATA_SET_NAMES, type DataSetName } from '../../data/images/sets/registry.js'
import { parseOptions } from '../../native/validation.js'

export const dataDirectoryFlag = [
  '--data-dir <directory>',
  'folder of data sets (default: ROBUST_FEATURES_DATA, else ~/.cache/robust-features/data)',
] as const

export const dataDirectoryOption = z.string().optional()

export const dataSetArgument = `any of ${DATA_SET_NAMES.join(', ')}`

export function parseDataSets(names: readonly string[]): DataSetName[] {
  return parseOptions(z.object({ sets: z.array(z.enum(DATA_SET_NAMES)) }), { sets: names }, 'arguments').sets
}
