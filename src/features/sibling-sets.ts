import { join } from 'node:path'
import { canonicalJson } from '../data/canonical-json.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { tensorDigests } from '../data/images/official.js'
import { RobustFeaturesError } from '../native/errors.js'
import { loadFeatures } from './feature-file.js'
import { FEATURE_KINDS, type FeatureKind } from './feature-options.js'
import type { FeatureSet } from './feature-set.js'

/**
 * The sets of other kinds that a folder has, each in a folder of the kind's name, from the same originals.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for one from other originals; `INVALID_FILE` for a damaged one
 */
export async function siblingSets(
  directory: string,
  kind: FeatureKind,
  originals: ImageDataset,
): Promise<Map<FeatureKind, FeatureSet>> {
  const siblings = new Map<FeatureKind, FeatureSet>()
  const wanted = canonicalJson(tensorDigests(originals))
  for (const other of FEATURE_KINDS.filter((each) => each !== kind)) {
    const set = await loadedIfThere(join(directory, other))
    if (set === undefined) continue
    const { images, labels, name, split, count } = set.construction.source
    if (canonicalJson({ images, labels }) !== wanted) {
      const found = `${other} images made from ${count} ${split ?? 'other'} images of ${name}`
      throw new RobustFeaturesError(
        'INVALID_ARGUMENT',
        `Expected ${directory} to hold images made from the same originals, got ${found}; choose another folder.`,
      )
    }
    siblings.set(other, set)
  }
  return siblings
}

async function loadedIfThere(directory: string): Promise<FeatureSet | undefined> {
  try {
    return await loadFeatures(directory)
  } catch (error) {
    if (error instanceof RobustFeaturesError && error.code === 'FILE_NOT_FOUND') return undefined
    throw error
  }
}
