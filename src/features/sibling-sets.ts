import { join } from 'node:path'
import { canonicalJson } from '../data/canonical-json.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { tensorDigests } from '../data/images/official.js'
import { unlessMissing } from '../data/read-file.js'
import { inlineText } from '../native/describe.js'
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
    const set = await unlessMissing(() => loadFeatures(join(directory, other)))
    if (set === undefined) continue
    const { images, labels, name, split, count } = set.construction.source
    if (canonicalJson({ images, labels }) !== wanted) {
      const found = `${other} images made from ${count} ${split ?? 'other'} images of ${inlineText(name)}`
      throw new RobustFeaturesError(
        'INVALID_ARGUMENT',
        `Expected ${directory} to hold images made from the same originals, got ${found}; choose another folder.`,
      )
    }
    siblings.set(other, set)
  }
  return siblings
}
