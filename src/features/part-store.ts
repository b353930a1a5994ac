import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFailure, writeJson } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { contentChecksum } from '../data/content-checksum.js'
import { invalidFile } from '../data/invalid-file.js'
import { readRegularFile, unlessMissing } from '../data/read-file.js'
import { readSafetensors, type Tensor, writeSafetensors } from '../data/safetensors.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { FeatureConstruction } from './construction.js'
import { loadFeatures } from './feature-file.js'
import type { FeaturePart } from './image-parts.js'

const CONSTRUCTION_FILE = 'construction.json'
const MAXIMUM_CONSTRUCTION = 2 ** 20
const TENSORS = ['images', 'initialLoss', 'loss', 'notFinite'] as const
const PART = /^part-\d+\.safetensors$/

/** The parts of an unfinished constructed set in a folder: a file each, called by the place of its first image. */
export class PartStore {
  readonly #directory: string
  readonly #hash: string

  private constructor(directory: string, hash: string) {
    this.#directory = directory
    this.#hash = hash
  }

  /**
   * Opens a folder, for which `requireFolderOf` holds.
   *
   * @throws RobustFeaturesError as that, and `WRITE_FAILED`
   */
  static async open(directory: string, construction: FeatureConstruction): Promise<PartStore> {
    const begun = await requireFolderOf(directory, construction)
    if (!begun) await writeJson(join(directory, CONSTRUCTION_FILE), construction)
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
    return join(this.#directory, `part-${first}.safetensors`)
  }
}

/**
 * Removes the parts of a set that is finished.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`
 */
export async function removeParts(directory: string): Promise<void> {
  try {
    for (const name of await readdir(directory))
      if (PART.test(name)) await rm(join(directory, name), { force: true })
  } catch (cause) {
    throw writeFailure(directory, cause)
  }
}

/**
 * Refuses a folder of another construction; whether that of this one has begun there.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`; `INVALID_FILE` when it cannot be told what the folder holds
 */
export async function requireFolderOf(
  directory: string,
  construction: FeatureConstruction,
): Promise<boolean> {
  const begun = await unlessMissing(() => begunConstruction(join(directory, CONSTRUCTION_FILE)))
  const found = begun ?? (await unlessMissing(async () => (await loadFeatures(directory)).construction))
  if (found !== undefined) requireSame(found, configHash(construction), directory)
  return begun !== undefined
}

/** Refuses to put a set of construction `hash` in another's place. */
export function requireSame(found: unknown, hash: string, directory: string): void {
  if (configHash(found) === hash) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`directory\` to be a folder without other constructed images, got ${directory}, whose construction is of another network, source or options.`,
  )
}

async function begunConstruction(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readRegularFile(path, MAXIMUM_CONSTRUCTION))
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalidFile(path, 'the JSON of a construction', 'other text', { cause })
  }
}
