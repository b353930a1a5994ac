import { ImageData } from '../data/image-data.js'
import { type ImageDataset, trainTestSplit } from '../data/images/image-dataset.js'
import { firstImages, loadSource } from '../data/images/image-source.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { ConfigFiles, ConfigSource } from './config-files.js'
import { type CheckedImageTrainingConfig, isPublic } from './image-training-config.js'

type DataConfig = CheckedImageTrainingConfig['data']

/** The data of a configuration with every path from the root and the SHA-256 of files. */
export async function placedImages(
  { directory, set, testSet, ...rest }: DataConfig,
  files: ConfigFiles,
): Promise<DataConfig> {
  return {
    ...rest,
    ...(directory !== undefined && { directory: files.path(directory) }),
    set: await files.source(set),
    ...(testSet !== undefined && { testSet: await files.source(testSet) }),
  }
}

/** What of placed data decides a result: of a file its content, and of public images the folder if anything may be in it. */
export function imagesIdentity({ directory, set, testSet, ...rest }: DataConfig): object {
  const content = (source: ConfigSource) => (typeof source === 'string' ? source : { sha256: source.sha256 })
  return {
    ...rest,
    set: content(set),
    ...(testSet !== undefined && { testSet: content(testSet) }),
    ...(!rest.verify && directory !== undefined && { directory }),
  }
}

/**
 * The images of a configuration whose paths are found: for the training, and for the test.
 *
 * @param seed of what is set apart for the test from images without parts
 */
export async function loadedImages(
  data: DataConfig,
  seed: number,
): Promise<{ train: ImageData; test: ImageData }> {
  const { set, testSet = isPublic(set) ? set : undefined, trainingImages, testImages } = data
  const whole = await loaded(data, set, 'train')
  const { train, test } =
    testSet === undefined
      ? setApart(whole, testImages ?? 0, seed)
      : {
          train: whole,
          test: firstImages(await loaded(data, testSet, 'test'), testImages, 'data.testImages'),
        }
  return {
    train: ImageData.fromImages(firstImages(train, trainingImages, 'data.trainingImages')),
    test: ImageData.fromImages(test),
  }
}

function loaded(
  { verify, directory }: DataConfig,
  source: ConfigSource,
  split: 'train' | 'test',
): Promise<ImageDataset> {
  const place = typeof source === 'string' ? source : source.file
  return loadSource(place, { split, verify, ...(directory !== undefined && { directory }) })
}

function setApart(images: ImageDataset, testCount: number, seed: number) {
  if (testCount < images.count) return trainTestSplit(images, { testCount, seed })
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`data.testImages\` to leave some of ${images.count} images for the training, got ${testCount}.`,
  )
}
