import { join } from 'node:path'
import { canonicalJson } from '../data/canonical-json.js'
import { CONSTRUCTION_FILE } from '../data/images/constructed-folder.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { tensorDigests } from '../data/images/official.js'
import { invalidFile } from '../data/invalid-file.js'
import { unlessMissing } from '../data/read-file.js'
import { inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { constructionSchema, type FeatureSource } from './construction.js'
import { loadFeatures } from './feature-file.js'
import { FEATURE_KINDS, type FeatureKind } from './feature-options.js'
import type { FeatureSet } from './feature-set.js'
import { constructionIn } from './part-store.js'

/**
 * The finished sets of other kinds that a folder has, each in a folder of the kind's name, from the same originals.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for one from other originals, finished or begun, which could not be
 *   gone on with beside these; `INVALID_FILE` for a damaged one
 */
export async function siblingSets(
  directory: string,
  kind: FeatureKind,
  originals: ImageDataset,
): Promise<Map<FeatureKind, FeatureSet>> {
  const siblings = new Map<FeatureKind, FeatureSet>()
  const wanted = canonicalJson(tensorDigests(originals))
  for (const other of FEATURE_KINDS.filter((each) => each !== kind)) {
    const folder = join(directory, other)
    const source = sourceOf(await constructionIn(folder), folder)
    if (source === undefined) continue
    const { images, labels, name, split, count } = source
    const set = await unlessMissing(() => loadFeatures(folder))
    if (canonicalJson({ images, labels }) !== wanted) {
      const found = `${set === undefined ? 'unfinished ' : ''}${other} images made from ${count} ${split ?? 'other'} images of ${inlineText(name)}`
      throw new RobustFeaturesError(
        'INVALID_ARGUMENT',
        `Expected ${directory} to hold images made from the same originals, got ${found}; choose another folder.`,
      )
    }
    if (set !== undefined) siblings.set(other, set)
  }
  return siblings
}

function sourceOf(construction: unknown, folder: string): FeatureSource | undefined {
  if (construction === undefined) return undefined
  const { success, data } = constructionSchema.safeParse(construction)
  if (success) return data.source
  throw invalidFile(join(folder, CONSTRUCTION_FILE), 'the construction of images', 'something else')
}
