import { basename, extname } from 'node:path'
import { inlineText } from '../../native/describe.js'
import { RobustFeaturesError } from '../../native/errors.js'
import { invalidFile } from '../invalid-file.js'
import type { SafetensorsContent, Tensor } from '../tensor-content.js'
import { readTensors, writeTensors } from '../tensor-file.js'
import { datasetFile } from './constructed-folder.js'
import { createImageDataset, type ImageDataset, requireImageDataset } from './image-dataset.js'
import { tensorDigests } from './official.js'

/** Of the arrays in an error message. */
const MAXIMUM_SHOWN = 5

/**
 * Writes a data set, atomically: as .npz or .safetensors, as the path ends. `images` are N × height × width ×
 * channels bytes, `labels` N bytes; the metadata have `name` and `classes`.
 *
 * @param dataset to write
 * @param path of the file
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no data set or another ending; `WRITE_FAILED`
 */
export async function saveImageDataset(dataset: ImageDataset, path: string): Promise<void> {
  await writeTensors(path, datasetTensors(requireImageDataset(dataset, 'dataset')))
}

/** What a file of a data set holds; others may add tensors and metadata of their own. */
export function datasetTensors(dataset: ImageDataset): SafetensorsContent {
  const { name, images, labels, count, height, width, channels, classes } = dataset
  const tensors = new Map<string, Tensor>([
    ['images', { shape: [count, height, width, channels], data: images }],
    ['labels', { shape: [count], data: labels }],
  ])
  return { tensors, metadata: { name, classes: String(classes) } }
}

/** Metadata with which `imageDatasetOf` finds damaged images and labels. */
export function digestMetadata(dataset: ImageDataset): { imagesSha256: string; labelsSha256: string } {
  const { images, labels } = tensorDigests(dataset)
  return { imagesSha256: images, labelsSha256: labels }
}

/**
 * Reads a data set from .npz or safetensors, such as `saveImageDataset` writes or a Python program: `images` N × height ×
 * width × channels or, grey, N × height × width uint8; `labels` N integers, of any element type.
 * Without metadata the file's name is the data set's, and the largest label that of the last class. Where the metadata
 * have the SHA-256 of images and labels, as those of constructed sets do, they are compared.
 *
 * @param path of the file, or of the folder that `extractFeatures` left a constructed set in
 * @throws RobustFeaturesError `FILE_NOT_FOUND`, also for a folder without a finished set, saying what it has;
 *   `INVALID_FILE` for another or a damaged file, other arrays, or labels outside of the classes
 */
export async function loadImageDataset(path: string): Promise<ImageDataset> {
  const file = await datasetFile(path)
  return imageDatasetOf(await readTensors(file), file)
}

/** The data set that `datasetTensors` made such content of. */
export function imageDatasetOf({ tensors, metadata }: SafetensorsContent, path: string): ImageDataset {
  const images = tensors.get('images')
  if (!(images?.data instanceof Uint8Array) || ![3, 4].includes(images.shape.length)) {
    throw invalidFile(path, '`images` of N × height × width × channels bytes', described(images, tensors))
  }
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape
  const labels = labelsOf(tensors, count, path)
  const classes = Number(metadata.classes ?? Math.max(1, ...new Set(labels)) + 1)
  const name = metadata.name ?? basename(path, extname(path))
  requireDigests(metadata, { images: images.data, labels }, path)
  try {
    return createImageDataset({ name, images: images.data, labels, height, width, channels, classes })
  } catch (cause) {
    if (!(cause instanceof RobustFeaturesError)) throw cause
    throw invalidFile(
      path,
      'a data set of images',
      `one whose check failed (${cause.message.replace(/\.$/, '')})`,
      {
        cause,
      },
    )
  }
}

function requireDigests(
  { imagesSha256, labelsSha256 }: SafetensorsContent['metadata'],
  data: { images: Uint8Array; labels: Uint8Array },
  path: string,
): void {
  if (imagesSha256 === undefined && labelsSha256 === undefined) return
  const expected = { images: imagesSha256, labels: labelsSha256 }
  const found = tensorDigests(data)
  for (const part of ['images', 'labels'] as const) {
    if (found[part] !== expected[part])
      throw invalidFile(path, `${part} of SHA-256 ${expected[part]}`, found[part])
  }
}

function labelsOf(tensors: SafetensorsContent['tensors'], count: number, path: string): Uint8Array {
  const labels = tensors.get('labels')
  if (labels === undefined || labels.shape.length !== 1 || labels.data.length !== count) {
    throw invalidFile(path, `\`labels\` for each of ${count} images`, described(labels, tensors))
  }
  const numbers = Array.from<number | bigint, number>(labels.data, Number)
  const wrong = numbers.find((label) => !Number.isInteger(label) || label < 0 || label > 255)
  if (wrong !== undefined) throw invalidFile(path, 'labels that are integers from 0 to 255', String(wrong))
  return Uint8Array.from(numbers)
}

/** A tensor, or what the file holds in its place. */
function described(tensor: Tensor | undefined, tensors: SafetensorsContent['tensors']): string {
  if (tensor !== undefined) return typeAndShape(tensor)
  const shown = [...tensors]
    .slice(0, MAXIMUM_SHOWN)
    .map(([name, other]) => `'${inlineText(name)}' (${typeAndShape(other)})`)
  if (tensors.size > shown.length) shown.push(`${tensors.size - shown.length} more`)
  return shown.length === 0 ? 'no arrays' : shown.join(', ')
}

function typeAndShape({ data, shape }: Tensor): string {
  return `${data.constructor.name.replace('Array', '')} of shape [${inlineText(shape.join(', '))}]`
}
