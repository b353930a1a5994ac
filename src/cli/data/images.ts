import { existsSync } from 'node:fs'
import { z } from 'zod'
import type { ImageDataset } from '../../data/images/image-dataset.js'
import { firstImages, imageSource, isDataSetName, loadSource } from '../../data/images/image-source.js'
import { SPLITS, type Split } from '../../data/images/sets/data-set.js'
import { DATA_SET_NAMES } from '../../data/images/sets/registry.js'
import { describeValue } from '../../native/describe.js'
import { RobustFeaturesError } from '../../native/errors.js'
import { positiveInteger } from '../../native/validation.js'
import { numberOption } from '../options.js'
import { dataDirectoryOption } from './options.js'

/** The name of a public data set, or the path of a file of images and labels or a folder of constructed ones. */
export const imageSourceOption = imageSource((path) => existsSync(`${path}/`))

export const imageSourceHelp = `one of ${DATA_SET_NAMES.join(', ')}, a file of images and labels, or the folder of a kind that \`features\` made`

/** Options of commands that take images. */
export const imagesShape = {
  split: z.enum(SPLITS).optional(),
  images: numberOption(positiveInteger()).optional(),
  dataDir: dataDirectoryOption,
  verify: z.boolean().default(true),
}

/** What the library calls the options of public data sets. */
export const PUBLIC_DATA_NAMES = { directory: '--data-dir', 'verify: false': '--no-verify' }

/** What the options of a command say about images. */
interface Wanted {
  /** As `imageSourceOption` takes it. */
  readonly data: string
  readonly split?: Split | undefined
  readonly verify: boolean
  readonly dataDir?: string | undefined
  readonly images?: number | undefined
}

/**
 * The images that a command is about.
 *
 * @param defaultSplit of public data sets
 * @throws RobustFeaturesError `INVALID_ARGUMENT`, for options that a path has not, or fewer images; as `loadSource`
 */
export async function imagesOf(wanted: Wanted, defaultSplit: Split): Promise<ImageDataset> {
  const { data, split = defaultSplit, verify, dataDir, images } = wanted
  if (!isDataSetName(data)) requireForPath(wanted)
  const options = { split, verify, ...(dataDir !== undefined && { directory: dataDir }) }
  return firstImages(await loadSource(data, options), images, '--images')
}

/** Refuses options that choose among public images for a path, which they would not reach. */
function requireForPath({ data, split, verify, dataDir }: Wanted): void {
  const typed = [
    ['--split', split, 'which is read whole'],
    ['--data-dir', dataDir, 'which is a path itself'],
    ['--no-verify', verify ? undefined : true, 'which is nowhere official'],
  ] as const
  for (const [option, value, reason] of typed)
    if (value !== undefined) {
      const found = describeValue(value)
      const message = `Expected \`${option}\` to be left out for ${data}, ${reason}, got ${found}.`
      throw new RobustFeaturesError('INVALID_ARGUMENT', message)
    }
}
