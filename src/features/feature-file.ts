import { join } from 'node:path'
import { z } from 'zod'
import { createImageDataset, type ImageDataset } from '../data/images/image-dataset.js'
import { tensorDigests } from '../data/images/official.js'
import { invalidFile } from '../data/invalid-file.js'
import { readSafetensors, type Tensor, writeSafetensors } from '../data/safetensors.js'
import { RobustFeaturesError } from '../native/errors.js'
import { constructionSchema, type FeatureConstruction } from './construction.js'
import type { FeatureSet } from './feature-set.js'

/** In the folder of a constructed set. */
export const FEATURES_FILE = 'features.safetensors'
const METADATA = 'featureSet'

const metadataSchema = z.object({
  classes: z.number(),
  construction: constructionSchema,
  images: z.string(),
  labels: z.string(),
})

/** Puts a constructed set together, which `directory` keeps; its name is that of its source and the kind. */
export function featureSet(
  fields: Omit<ImageDataset, 'name' | 'count' | 'provenance'>,
  construction: FeatureConstruction,
  rest: Pick<FeatureSet, 'initialLoss' | 'loss' | 'notFinite'>,
  directory: string | undefined,
): FeatureSet {
  const { kind, source } = construction
  const { name, split, licence } = source
  const dataset = createImageDataset({
    ...fields,
    name: `${name}-${kind}`,
    ...(directory !== undefined &&
      split !== undefined && {
        provenance: { split, directory, official: false, licence: licence ?? 'none stated' },
      }),
  })
  return { dataset, construction, ...rest }
}

/** Writes `features.safetensors` into a folder, atomically. */
export async function saveFeatures(directory: string, set: FeatureSet): Promise<void> {
  const { dataset, construction, initialLoss, loss, notFinite } = set
  const { images, labels, count, height, width, channels, classes } = dataset
  const perImage = { labels, initialLoss, loss, notFinite }
  const tensors = new Map<string, Tensor>([
    ['images', { shape: [count, height, width, channels], data: images }],
    ...Object.entries(perImage).map(([name, data]): [string, Tensor] => [name, { shape: [count], data }]),
  ])
  const metadata = { classes, construction, ...tensorDigests(dataset) }
  await writeSafetensors(join(directory, FEATURES_FILE), {
    tensors,
    metadata: { [METADATA]: JSON.stringify(metadata) },
  })
}

/**
 * Reads the constructed set that `extractFeatures` or `robust-features features` left in a folder.
 *
 * @throws RobustFeaturesError `FILE_NOT_FOUND`; `INVALID_FILE` for another or a damaged file, and images or labels that
 *   are not those of the SHA-256 they were written with
 */
export async function loadFeatures(directory: string): Promise<FeatureSet> {
  const path = join(directory, FEATURES_FILE)
  const { tensors, metadata } = await readSafetensors(path)
  const described = metadataOf(metadata[METADATA], path)
  const images = bytes(tensors.get('images'), 4, path)
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape
  const perImage = (name: string, type: typeof Uint8Array | typeof Float64Array) => {
    const tensor = tensors.get(name)
    if (tensor?.data instanceof type && tensor.data.length === count && tensor.shape.length === 1)
      return tensor.data
    throw invalidFile(path, `${name} for each of ${count} images`, 'none that fit')
  }
  const labels = perImage('labels', Uint8Array) as Uint8Array
  const found = tensorDigests({ images: images.data, labels })
  for (const part of ['images', 'labels'] as const) {
    if (found[part] !== described[part])
      throw invalidFile(path, `${part} of SHA-256 ${described[part]}`, found[part])
  }
  try {
    return featureSet(
      { images: images.data, labels, height, width, channels, classes: described.classes },
      described.construction,
      {
        initialLoss: perImage('initialLoss', Float64Array) as Float64Array,
        loss: perImage('loss', Float64Array) as Float64Array,
        notFinite: perImage('notFinite', Uint8Array) as Uint8Array,
      },
      directory,
    )
  } catch (cause) {
    if (!(cause instanceof RobustFeaturesError) || cause.code === 'INVALID_FILE') throw cause
    throw invalidFile(path, 'a set of images', cause.message.replace(/\.$/, ''), { cause })
  }
}

function metadataOf(text: string | undefined, path: string): z.output<typeof metadataSchema> {
  try {
    return metadataSchema.parse(JSON.parse(text ?? ''))
  } catch (cause) {
    throw invalidFile(path, 'a constructed set of images', 'a file that does not describe one', { cause })
  }
}

function bytes(tensor: Tensor | undefined, dimensions: number, path: string) {
  if (tensor?.data instanceof Uint8Array && tensor.shape.length === dimensions)
    return { shape: tensor.shape, data: tensor.data }
  throw invalidFile(path, 'images × height × width × channels bytes', 'none')
}
