import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFile, writeFailure, writeJson } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { contentChecksum } from '../data/content-checksum.js'
import { CONSTRUCTION_FILE, firstOfPart, partFile } from '../data/images/constructed-folder.js'
import { invalidFile } from '../data/invalid-file.js'
import { readRegularFile, unlessMissing } from '../data/read-file.js'
import { readSafetensors, writeSafetensors } from '../data/safetensors.js'
import type { Tensor } from '../data/tensor-content.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { FeatureConstruction } from './construction.js'
import { loadFeatures } from './feature-file.js'
import type { FeaturePart } from './image-parts.js'

const MAXIMUM_CONSTRUCTION = 2 ** 20
const TENSORS = ['images', 'initialLoss', 'loss', 'notFinite'] as const

/** The parts of an unfinished constructed set in a folder: a file each, called by the place of its first image. */
export class PartStore {
  readonly #directory: string
  readonly #hash: string

  private constructor(directory: string, hash: string) {
    this.#directory = directory
    this.#hash = hash
  }

  /**
   * Opens a folder that has nothing, or has begun the same construction, as its caller has seen.
   *
   * @throws RobustFeaturesError `INVALID_FILE` or `WRITE_FAILED`
   */
  static async open(directory: string, construction: FeatureConstruction): Promise<PartStore> {
    if ((await begunConstruction(directory)) === undefined)
      await writeJson(join(directory, CONSTRUCTION_FILE), construction)
    return new PartStore(directory, configHash(construction))
  }

  /** The part that begins with image `first`; undefined where there is none that can be used. */
  async read(first: number, imageSize: number): Promise<FeaturePart | undefined> {
    try {
      const { tensors, metadata } = await readSafetensors(this.#path(first))
      const [images, initialLoss, loss, notFinite] = TENSORS.map((name) => tensors.get(name)?.data)
      const { sha256, ...facts } = metadata
      const fits =
        facts.construction === this.#hash &&
        sha256 === contentChecksum(facts, tensors) &&
        images instanceof Uint8Array &&
        initialLoss instanceof Float64Array &&
        loss instanceof Float64Array &&
        notFinite instanceof Uint8Array &&
        [initialLoss, loss].every(({ length }) => length === notFinite.length) &&
        notFinite.length > 0 &&
        images.length === notFinite.length * imageSize
      return fits ? { images, initialLoss, loss, notFinite } : undefined
    } catch (error) {
      // What cannot be read is made anew, to the same bits.
      if (error instanceof RobustFeaturesError) return undefined
      throw error
    }
  }

  /** @throws RobustFeaturesError `WRITE_FAILED` */
  async keep(first: number, part: FeaturePart): Promise<void> {
    const tensors = new Map<string, Tensor>(
      TENSORS.map((name) => [name, { shape: [part[name].length], data: part[name] }]),
    )
    const facts = { construction: this.#hash }
    const metadata = { ...facts, sha256: contentChecksum(facts, tensors) }
    await writeSafetensors(this.#path(first), { tensors, metadata })
  }

  #path(first: number): string {
    return join(this.#directory, partFile(first))
  }
}

/**
 * Removes the parts of a set that is finished.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`
 */
export async function removeParts(directory: string): Promise<void> {
  const names = await readdir(directory).catch((cause) => {
    throw writeFailure(directory, cause)
  })
  for (const name of names) if (firstOfPart(name) !== undefined) await removeFile(join(directory, name))
}

/**
 * The construction that a folder has begun or finished; undefined where there is none.
 *
 * @throws RobustFeaturesError `INVALID_FILE` when it cannot be told what the folder holds
 */
export async function constructionIn(directory: string): Promise<unknown> {
  const begun = await begunConstruction(directory)
  return begun ?? unlessMissing(async () => (await loadFeatures(directory)).construction)
}

async function begunConstruction(directory: string): Promise<unknown> {
  const path = join(directory, CONSTRUCTION_FILE)
  const bytes = await unlessMissing(() => readRegularFile(path, MAXIMUM_CONSTRUCTION))
  if (bytes === undefined) return undefined
  const text = new TextDecoder().decode(bytes)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalidFile(path, 'the JSON of a construction', 'other text', { cause })
  }
}
