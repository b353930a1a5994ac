import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory, writeJson } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { readSafetensors, writeSafetensors } from '../data/safetensors.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { FeatureConstruction } from './construction.js'
import type { FeaturePart } from './image-parts.js'

const CONSTRUCTION_FILE = 'construction.json'
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
   * Opens a folder: a new one, or one of the same construction.
   *
   * @throws RobustFeaturesError `INVALID_ARGUMENT` when the folder holds another construction; `WRITE_FAILED`
   */
  static async open(directory: string, construction: FeatureConstruction): Promise<PartStore> {
    await makeDirectory(directory)
    const path = join(directory, CONSTRUCTION_FILE)
    const hash = configHash(construction)
    const found = await hashOf(path)
    if (found !== undefined && found !== hash) {
      throw new RobustFeaturesError(
        'INVALID_ARGUMENT',
        `Expected \`directory\` to be a folder without other constructed images, got ${directory}, whose ${CONSTRUCTION_FILE} is of another network, source or options.`,
      )
    }
    if (found === undefined) await writeJson(path, construction)
    return new PartStore(directory, hash)
  }

  /** The part that begins with image `first`; undefined where there is none that can be used. */
  async read(first: number, imageSize: number): Promise<FeaturePart | undefined> {
    try {
      const { tensors, metadata } = await readSafetensors(this.#path(first))
      const [images, initialLoss, loss, notFinite] = ['images', 'initialLoss', 'loss', 'notFinite'].map(
        (name) => tensors.get(name)?.data,
      )
      const fits =
        metadata.construction === this.#hash &&
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
    const tensors = new Map(
      Object.entries(part).map(([name, data]: [string, FeaturePart[keyof FeaturePart]]) => [
        name,
        { shape: [data.length], data },
      ]),
    )
    await writeSafetensors(this.#path(first), { tensors, metadata: { construction: this.#hash } })
  }

  /** Removes the parts of a set that is finished. */
  async clear(): Promise<void> {
    for (const name of await readdir(this.#directory))
      if (PART.test(name)) await rm(join(this.#directory, name), { force: true })
  }

  #path(first: number): string {
    return join(this.#directory, `part-${first}.safetensors`)
  }
}

async function hashOf(path: string): Promise<string | undefined> {
  try {
    return configHash(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}
