import { makeDirectory } from '../data/atomic-file.js'
import { ImageData } from '../data/image-data.js'
import { createImageDataset, type ImageDataset, requireImageDataset } from '../data/images/image-dataset.js'
import { isSystemFailure } from '../data/read-file.js'
import { inRunFolder } from '../data/run-folder.js'
import { LayeredNetwork } from '../model/layered-network.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { ExecutionOptions } from '../native/execution.js'
import { requireInstance } from '../native/instances.js'
import { threadsOrDefault } from '../native/threads.js'
import { parseOptions } from '../native/validation.js'
import { constructionOf, type FeatureConstruction } from './construction.js'
import { requireSameConstruction } from './construction-difference.js'
import { featureSet, loadFeatures, saveFeatures } from './feature-file.js'
import { type ExtractFeaturesOptions, extractFeaturesSchema, isMatched } from './feature-options.js'
import type { FeatureSet } from './feature-set.js'
import { consecutive, type FeaturePart, joinParts } from './image-parts.js'
import { matchedImages } from './matched-images.js'
import { constructionIn, PartStore, removeParts } from './part-store.js'
import { representationLayer } from './representation-layer.js'
import { targetedImages, targetLabels } from './targeted-images.js'

/** Parts grow or shrink until one takes about this long, which is what an interruption loses. */
const SECONDS_OF_PART = 2
const LARGEST_PART = 1024
/** Images of a part for each thread: fewer would leave lanes of its tile empty. */
const IMAGES_OF_THREAD = 32

/**
 * Images that have only the features a network uses (Ilyas et al., arXiv 1905.02175), one for each of a data set.
 *
 * - `robust`, `non-robust`: x′ = argmin ‖g(x′) − g(x)‖₂ over [0, 1] from a random start, g the representation of the
 *   network, with the label of x: K normalised steps x′ ← clip(x′ − η ∇/‖∇‖₂), of which the nearest iterate counts. Both
 *   kinds are one optimisation; the word says which network is given: one trained adversarially, or by standard training.
 * - `targeted-random`, `targeted-next`: x moved within a ball to where the network has it in class t, labelled t: K steps
 *   of projected descent on the cross-entropy of t, of which the iterate with the least counts. t is uniform over all
 *   classes, or y + 1 mod k.
 *
 * Images are rounded to the nearest byte, by which a targeted one may leave its ball: by at most 1/510 a number. Image n
 * depends on the data, the options and n alone, not on threads or interruptions.
 *
 * @param network whose input has the size of the images
 * @param data the originals; of an `ImageData` the set is called `images`
 * @param options `kind`; all else has defaults
 * @throws RobustFeaturesError `INVALID_ARGUMENT`, also for a layer that is not there, images of another size than the
 *   network's, and a folder with other constructed images; `INVALID_FILE` for a folder of which cannot be told what it
 *   holds; `RUN_FOLDER_IN_USE`; `UNKNOWN_OPTION`; `ABORTED`; `WRITE_FAILED`
 */
export async function extractFeatures(
  network: LayeredNetwork,
  data: ImageDataset | ImageData,
  options: ExtractFeaturesOptions,
): Promise<FeatureSet> {
  requireInstance(network, LayeredNetwork, 'network')
  const parsed = parseOptions(extractFeaturesSchema, options, 'options')
  const source = toImageDataset(data)
  network.requireData(ImageData.fromImages(consecutive(source, 0, 0)))
  const { directory, onProgress, threads, signal } = parsed
  const layer = representationLayer(network, isMatched(parsed) ? parsed.layer : undefined)
  const construction = constructionOf(network, layer.name, source, parsed)
  const finishedIn = async (folder: string) => {
    const finished = await finishedSet(folder, construction)
    if (finished !== undefined) onProgress?.(source.count, source.count, source.count)
    return finished
  }
  // Before the folder is this call's own, for a finished set may be one that can only be read.
  const finished = directory === undefined ? undefined : await finishedIn(directory)
  if (finished !== undefined) return finished
  const labelled = isMatched(parsed) ? source : { ...source, labels: targetLabels(source, parsed) }
  const construct = isMatched(parsed)
    ? matchedImages(network, layer.value, source, parsed)
    : targetedImages(network, labelled, parsed)
  const made = async (store?: PartStore) => {
    const parts = await allParts(source, construct, { store, onProgress, threads, signal })
    const { images, ...perImage } = joinParts(parts)
    const { height, width, channels, classes, labels } = labelled
    const fields = { images, labels, height, width, channels, classes }
    return featureSet(fields, construction, perImage, directory)
  }
  if (directory === undefined) return made()
  return inRunFolder(directory, { use: 'features' }, async () => {
    // Another process may have finished it since.
    const finished = await finishedIn(directory)
    if (finished !== undefined) return finished
    const set = await made(await PartStore.open(directory, construction))
    await saveFeatures(directory, set)
    await removeParts(directory)
    return set
  })
}

type Construct = (first: number, count: number, execution: ExecutionOptions) => Promise<FeaturePart>

interface PartOptions extends ExecutionOptions {
  readonly store: PartStore | undefined
  readonly onProgress: ExtractFeaturesOptions['onProgress']
}

/** Reads the parts that are there and makes the others. */
async function allParts(
  { count, height, width, channels }: ImageDataset,
  construct: Construct,
  { store, onProgress, ...execution }: PartOptions,
): Promise<FeaturePart[]> {
  const parts: FeaturePart[] = []
  // Neither image nor file depends on the size, so that other threads may go on.
  const smallest = IMAGES_OF_THREAD * threadsOrDefault(execution.threads)
  const largest = Math.max(LARGEST_PART, smallest)
  let size = smallest
  let earlier = 0
  for (let done = 0; done < count; ) {
    const kept = await store?.read(done, height * width * channels)
    const began = performance.now()
    const part = kept ?? (await construct(done, Math.min(size, count - done), execution))
    if (kept === undefined) {
      const share = (SECONDS_OF_PART * 1000) / (performance.now() - began)
      const wanted = smallest * Math.round((size * share) / smallest)
      size = Math.max(smallest, Math.min(wanted, 2 * size, largest))
      await store?.keep(done, part)
    }
    parts.push(part)
    done += part.notFinite.length
    if (kept !== undefined) earlier += part.notFinite.length
    onProgress?.(done, count, earlier)
  }
  return parts
}

async function finishedSet(
  directory: string,
  construction: FeatureConstruction,
): Promise<FeatureSet | undefined> {
  await makeDirectory(directory)
  const found = await constructionIn(directory)
  if (found !== undefined) requireSameConstruction(found, construction, directory)
  let set: FeatureSet
  try {
    set = await loadFeatures(directory)
  } catch (error) {
    // A damaged one is made anew, to the same bits.
    if (error instanceof RobustFeaturesError && !isSystemFailure(error)) return undefined
    throw error
  }
  requireSameConstruction(set.construction, construction, directory)
  // An interruption between the last write and their removal may have left some.
  await removeParts(directory)
  return set
}

/** Images as a data set; of an `ImageData` it is called `images`. */
export function toImageDataset(data: ImageDataset | ImageData): ImageDataset {
  if (!(data instanceof ImageData)) return requireImageDataset(data, 'data')
  const { height, width, channels, classes } = data
  const labels = Uint8Array.from(data.labels())
  return createImageDataset({
    name: 'images',
    images: data.images(),
    labels,
    height,
    width,
    channels,
    classes,
  })
}
