import type { ImageData } from '../../data/image-data.js'
import type { ImageDataset } from '../../data/images/image-dataset.js'
import type { FeatureKind } from '../../features/feature-options.js'
import { type ImageGrid, imageGrid } from '../image-grid.js'

/** Images constructed from the networks of one seed. */
export interface ConstructedImageSets {
  readonly dataset: string
  readonly split: 'training' | 'test'
  /** Of the networks. */
  readonly seed: number
  readonly originals: ImageData
  /** In the order of their columns. */
  readonly sets: readonly (readonly [FeatureKind, ImageDataset])[]
}

const TARGETS: Partial<Record<FeatureKind, string>> = {
  'targeted-random': 'a random class (targeted-random)',
  'targeted-next': 'the next class (targeted-next)',
}

/** Originals, and beside them what was made of them. */
export function constructedImageGrid({
  dataset,
  split,
  seed,
  originals,
  sets,
}: ConstructedImageSets): ImageGrid {
  const targets = sets.flatMap(([kind]) => TARGETS[kind] ?? [])
  const caption = [
    `Rows: the first ${split} image of each class, class 0 on top.`,
    `Robust and non-robust images begin as random pixels and are made to match the original’s representation in a network of seed ${seed}, trained adversarially (robust) or by standard training (non-robust).`,
    ...(targets.length === 0
      ? []
      : [`The others are originals moved to where the standard network sees ${targets.join(' or ')}.`]),
  ].join(' ')
  return imageGrid(
    { id: `${dataset}-constructed-images`, title: `Constructed images of ${dataset}`, caption },
    [['original', originals], ...sets],
  )
}
