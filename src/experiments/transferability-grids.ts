import type { ImageData } from '../data/image-data.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { toImageDataset } from '../features/extract-features.js'
import { loadFeatures } from '../features/feature-file.js'
import type { FloatArray } from '../native/contract.js'
import type { ExperimentContext } from './experiment.js'
import { constructedImageGrid } from './figures/constructed-image-grid.js'
import { firstOfEachClass, type ImageGrid, imageGrid } from './image-grid.js'
import type { ImageSet } from './image-sets.js'
import { nextOf } from './source-seeds.js'
import { adversarialExamples } from './transferability-examples.js'
import { TRANSFER_SOURCES } from './transferability-matrix.js'
import { type SeedNetworks, setDirectory } from './transferability-networks.js'
import type { TransferTask } from './transferability-presets.js'

type Context = Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal'>

/** What the networks of the first seed were trained on, and which examples they were shown. */
export async function transferGrids(
  context: Context & Pick<ExperimentContext<object>, 'seeds'>,
  task: TransferTask,
  images: NonNullable<ImageSet['images']>,
  networks: readonly SeedNetworks[],
): Promise<ImageGrid[]> {
  const position = networks.findIndex(({ seed }) => context.seeds.includes(seed))
  const own = networks[position]
  if (own === undefined) return []
  const source = nextOf(networks, position)
  return [
    await constructedSetGrid(context, task, images.train, own),
    ...(source === undefined ? [] : [await exampleGrid(context, task, images.test, source)]),
  ]
}

/** The constructed sets of a seed, as its folder keeps them. */
async function constructedSetGrid(
  { directory }: Context,
  { dataset }: TransferTask,
  originals: ImageData,
  { seed, where, onSets }: SeedNetworks,
): Promise<ImageGrid> {
  const sets = []
  for (const kind of onSets.keys())
    sets.push([kind, (await loadFeatures(setDirectory(directory, where, kind))).dataset] as const)
  return constructedImageGrid({ dataset, split: 'training', seed, originals, sets })
}

/** Test images, and beside them their adversarial examples of radius ε from every network of a seed. */
async function exampleGrid(
  context: Context,
  task: TransferTask,
  test: ImageData,
  networks: SeedNetworks,
): Promise<ImageGrid> {
  const { dataset, radius } = task
  const originals = test.select(firstOfEachClass(test))
  const columns = []
  for (const from of TRANSFER_SOURCES) {
    const perturbations = await adversarialExamples(networks, from, originals, task, context)
    columns.push([from, perturbed(originals, perturbations)] as const)
  }
  return imageGrid(
    {
      id: `${dataset}-adversarial-examples`,
      title: `Adversarial examples on ${dataset}, by what they are built from`,
      caption:
        'Rows: the first test image of each class, class 0 on top. ' +
        `Image and perturbation together, from networks of seed ${networks.seed} in the ℓ∞ ball of radius ${Number(radius.toPrecision(4))}, pixels in [0, 1].`,
    },
    [['original', originals], ...columns],
  )
}

/** Images and what is added to them, to the nearest byte. */
function perturbed(data: ImageData, perturbations: FloatArray): ImageDataset {
  const dataset = toImageDataset(data)
  const moved = Uint8ClampedArray.from(dataset.images, (byte, e) => byte + 255 * (perturbations[e] ?? 0))
  return { ...dataset, images: new Uint8Array(moved.buffer) }
}
