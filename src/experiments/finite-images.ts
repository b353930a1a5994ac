import { type ImageDataset, subset } from '../data/images/image-dataset.js'
import type { FeatureSet } from '../features/feature-set.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { RunFlag } from './experiment.js'

/** The images of a constructed set whose making came to its end. */
export interface FiniteImages {
  readonly dataset: ImageDataset
  /** Which of the originals they were made from. */
  readonly indices: Int32Array
  readonly flags: readonly RunFlag[]
}

/**
 * Leaves out images where a gradient was not finite: they may be random starts, which show nothing of what their label
 * says.
 *
 * @param where the set, within the run folder
 * @throws RobustFeaturesError `DIVERGED` where none is left
 */
export function finiteImages({ dataset, notFinite }: FeatureSet, where: string): FiniteImages {
  const indices = Int32Array.from(notFinite.keys()).filter((n) => notFinite[n] === 0)
  const lost = notFinite.length - indices.length
  if (lost === 0) return { dataset, indices, flags: [] }
  if (indices.length === 0)
    throw new RobustFeaturesError(
      'DIVERGED',
      `Expected a finite gradient on some image of ${where}, got none in ${lost}.`,
    )
  const message = `A gradient was not finite on ${lost} of ${notFinite.length} images, which are left out.`
  return {
    dataset: subset(dataset, { indices }),
    indices,
    flags: [{ where, name: 'images-not-finite', message }],
  }
}
