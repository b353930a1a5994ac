import type { ImageDataset } from '../data/images/image-dataset.js'
import { nativeAddon } from '../native/addon.js'
import type { MatchedOptions } from './feature-options.js'

/**
 * Random images to start from, by their place in the data set: numbers uniform on [0, 1), or normal with the mean and
 * deviation that the pixel has in the data set, held in [0, 1].
 */
export function randomStarts(
  dataset: ImageDataset,
  { start, seed }: Pick<MatchedOptions, 'start' | 'seed'>,
): (first: number, count: number) => Float32Array {
  const { uniform, normal } = nativeAddon().random
  const { height, width, channels } = dataset
  const size = height * width * channels
  const { mean, deviation } = start === 'noise' ? pixelStatistics(dataset) : { mean: [], deviation: [] }
  const drawn = (item: number) =>
    start === 'uniform'
      ? uniform(seed, 'features/start', item, size)
      : normal(seed, 'features/start', item, size).map((value, pixel) =>
          Math.min(1, Math.max(0, (mean[pixel] ?? 0) + (deviation[pixel] ?? 0) * value)),
        )
  return (first, count) => {
    const starts = new Float32Array(count * size)
    for (let image = 0; image < count; image++) starts.set(drawn(first + image), image * size)
    return starts
  }
}

/** Of every number of an image over the data set, in [0, 1]. */
function pixelStatistics({ images, count, height, width, channels }: ImageDataset) {
  const size = height * width * channels
  const [sums, squares] = [new Float64Array(size), new Float64Array(size)]
  for (let index = 0; index < images.length; index++) {
    const byte = images[index] as number
    sums[index % size] = (sums[index % size] as number) + byte
    squares[index % size] = (squares[index % size] as number) + byte * byte
  }
  const mean = sums.map((sum) => sum / count / 255)
  const deviation = squares.map((square, pixel) =>
    Math.sqrt(Math.max(0, square / count / 255 ** 2 - (mean[pixel] as number) ** 2)),
  )
  return { mean, deviation }
}
