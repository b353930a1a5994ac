import type { Robustness } from '../analysis/evaluate-robustness.js'
import type { ImageData } from '../data/image-data.js'
import type { Tensor } from '../data/tensor-content.js'
import { writeTensors } from '../data/tensor-file.js'

/**
 * Writes the worst image found for each: `examples`, N × height × width × channels in [0, 1]; the bytes that they are
 * made from, `images`; `labels`; and `robust`, 1 where the network withstood everything. The metadata have the norm, the
 * radius and both accuracies.
 */
export async function saveExamples(
  path: string,
  data: ImageData,
  { threat, robust, perturbations, cleanAccuracy, robustAccuracy }: Robustness,
): Promise<void> {
  const shape = [data.samples, data.height, data.width, data.channels]
  const examples = data
    .inputs()
    .map((value, index) => Math.min(Math.max(value + (perturbations?.[index] ?? 0), 0), 1))
  const tensors = new Map<string, Tensor>([
    ['examples', { shape, data: examples }],
    ['images', { shape, data: data.images() }],
    ['labels', { shape: [data.samples], data: data.labels() }],
    ['robust', { shape: [data.samples], data: robust }],
  ])
  const { norm, radius } = threat
  const figures = Object.entries({ radius, cleanAccuracy, robustAccuracy })
  const metadata = { norm, ...Object.fromEntries(figures.map(([name, value]) => [name, String(value)])) }
  await writeTensors(path, { tensors, metadata })
}
