import { join } from 'node:path'
import { z } from 'zod'
import { datasetFile, FEATURES_FILE } from '../data/images/constructed-folder.js'
import { createImageDataset, type ImageDataset } from '../data/images/image-dataset.js'
import { datasetTensors, digestMetadata, imageDatasetOf } from '../data/images/image-file.js'
import { invalidFile } from '../data/invalid-file.js'
import { readSafetensors, writeSafetensors } from '../data/safetensors.js'
import type { SafetensorsContent, Tensor } from '../data/tensor-content.js'
import { readTensors } from '../data/tensor-file.js'
import { requirePath } from '../native/instances.js'
import { constructionSchema, type FeatureConstruction } from './construction.js'
import type { FeatureSet } from './feature-set.js'

/** Beside the metadata of a data set. */
const metadataSchema = z.object({
  classes: z.string(),
  imagesSha256: z.string(),
  labelsSha256: z.string(),
  construction: z.string(),
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

/** Writes `features.safetensors` into a folder, atomically: a data set that `loadImageDataset` reads, with more. */
export async function saveFeatures(directory: string, set: FeatureSet): Promise<void> {
  const { dataset, construction, initialLoss, loss, notFinite } = set
  const { tensors, metadata } = datasetTensors(dataset)
  const perImage = Object.entries({ initialLoss, loss, notFinite })
  await writeSafetensors(join(directory, FEATURES_FILE), {
    tensors: new Map<string, Tensor>([
      ...tensors,
      ...perImage.map(([name, data]): [string, Tensor] => [name, { shape: [dataset.count], data }]),
    ]),
    metadata: { ...metadata, ...digestMetadata(dataset), construction: JSON.stringify(construction) },
  })
}

/**
 * Reads the constructed set that `extractFeatures` or `robust-features features` left in a folder.
 *
 * @param directory of one kind
 * @throws RobustFeaturesError `FILE_NOT_FOUND`; `INVALID_FILE` for another or a damaged file, and images or labels that
 *   are not those of the SHA-256 they were written with
 */
export async function loadFeatures(directory: string): Promise<FeatureSet> {
  requirePath(directory, 'directory')
  const path = join(directory, FEATURES_FILE)
  const content = await readSafetensors(path)
  const construction = constructionOf(content)
  if (construction === undefined)
    throw invalidFile(path, 'a constructed set of images', 'a file that does not describe one')
  const { images, labels, count, height, width, channels, classes } = imageDatasetOf(content, path)
  const perImage = <Data extends Uint8Array | Float64Array>(name: string, type: new () => Data): Data => {
    const tensor = content.tensors.get(name)
    if (tensor?.data instanceof type && tensor.data.length === count && tensor.shape.length === 1)
      return tensor.data
    throw invalidFile(path, `${name} for each of ${count} images`, 'none that fit')
  }
  return featureSet(
    { images, labels, height, width, channels, classes },
    construction,
    {
      initialLoss: perImage('initialLoss', Float64Array),
      loss: perImage('loss', Float64Array),
      notFinite: perImage('notFinite', Uint8Array),
    },
    directory,
  )
}

/**
 * How the images of a file, or of the folder of a constructed set, were made; undefined where it does not say.
 *
 * @throws RobustFeaturesError as `loadImageDataset` for a path that cannot be read
 */
export async function readConstruction(path: string): Promise<FeatureConstruction | undefined> {
  return constructionOf(await readTensors(await datasetFile(path)))
}

/** Undefined also for what another program calls a construction. */
function constructionOf({ metadata }: SafetensorsContent): FeatureConstruction | undefined {
  try {
    return constructionSchema.parse(JSON.parse(metadataSchema.parse(metadata).construction))
  } catch {
    return undefined
  }
}
