import { join } from 'node:path'
import { ImageData } from '../data/image-data.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { extractFeatures } from '../features/extract-features.js'
import type { FeatureKind } from '../features/feature-options.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import type { ConstructedInputs } from './feature-learning-curves.js'
import type { FeatureLearningTask } from './feature-learning-presets.js'
import { constructedImageGrid } from './figures/constructed-image-grid.js'
import { finiteImages } from './finite-images.js'
import { firstImages } from './image-curves.js'
import type { ImageGrid } from './image-grid.js'
import type { ImageSet } from './image-sets.js'
import type { ImageTraining } from './image-task.js'

/** A data set, and where in the run folder its trainings are. */
export interface ReferenceTask {
  readonly task: FeatureLearningTask
  readonly images: NonNullable<ImageSet['images']>
  readonly folder: string
}

/** The trained networks of one seed. */
export type ReferenceNetworks = { readonly seed: number } & Readonly<Record<ImageTraining, LayeredNetwork>>

/** Test images made from the networks of one seed. */
export interface ConstructedImages {
  readonly sets: ConstructedInputs<ImageData>
  readonly grid: ImageGrid
  readonly flags: readonly RunFlag[]
}

/** How each set is made, and by which network. */
const KINDS = {
  robust: { kind: 'robust', training: 'adversarial' },
  nonRobust: { kind: 'non-robust', training: 'standard' },
  conflicting: { kind: 'targeted-next', training: 'standard' },
} as const
const NAMES = ['robust', 'nonRobust', 'conflicting'] as const

/**
 * Constructs the sets from the first test images, in `seed-<s>/images/<kind>`.
 *
 * @throws RobustFeaturesError `DIVERGED` where no image of a set has a finite gradient
 */
export async function constructedImages(
  { directory, threads, signal }: Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal'>,
  { task, images, folder }: ReferenceTask,
  { seed, ...networks }: ReferenceNetworks,
  onProgress: (share: number, kind: FeatureKind) => void,
): Promise<ConstructedImages> {
  const originals = firstImages(images.test, task.construction.images)
  const { matched, targeted } = task.construction
  const shown: [FeatureKind, ImageDataset][] = []
  const flags: RunFlag[] = []
  const construct = async (name: keyof typeof KINDS) => {
    const { kind, training } = KINDS[name]
    const where = `${folder}/seed-${seed}/images/${kind}`
    const made = await extractFeatures(networks[training], originals, {
      ...(kind === 'targeted-next' ? { kind, ...targeted } : { kind, ...matched }),
      seed,
      directory: join(directory, where),
      threads,
      signal,
      onProgress: (done, all) => onProgress((NAMES.indexOf(name) + done / all) / NAMES.length, kind),
    })
    const finite = finiteImages(made, where)
    shown.push([kind, made.dataset])
    flags.push(...finite.flags)
    return ImageData.fromImages(finite.dataset)
  }
  const sets = {
    robust: await construct('robust'),
    nonRobust: await construct('nonRobust'),
    conflicting: await construct('conflicting'),
  }
  const { dataset } = task
  const grid = constructedImageGrid({ dataset, split: 'test', seed, originals, sets: shown })
  return { sets, grid, flags }
}
