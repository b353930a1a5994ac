import { resolve } from 'node:path'
import { z } from 'zod'
import { datasetFile } from '../data/images/constructed-folder.js'
import { imageSource, isDataSetName } from '../data/images/image-source.js'
import { fileSha256 } from '../data/images/official.js'
import { DATA_SET_NAMES } from '../data/images/sets/registry.js'
import { invalidFile } from '../data/invalid-file.js'
import { readFailure } from '../data/read-file.js'
import { unlessObject } from '../native/validation.js'

const SHA256 = 'a SHA-256 of 64 hexadecimal digits'

/** A file or folder of images, with the SHA-256 of the file where that is known. */
const fileSourceSchema = z.strictObject({
  file: z.string(),
  sha256: z
    .string({ error: SHA256 })
    .regex(/^[\da-f]{64}$/, { error: SHA256 })
    .optional(),
})

/** Images as a configuration names them. */
export const configSource = z.union([imageSource(), fileSourceSchema], {
  error: unlessObject(
    `one of ${DATA_SET_NAMES.join(', ')}, or a path that has a slash or ends in .npz or .safetensors`,
  ),
})

export type ConfigSource = z.output<typeof configSource>

/** Where the paths of a configuration lead, and what the files there hold. */
export class ConfigFiles {
  readonly #directory: string
  readonly #digests = new Map<string, Promise<string>>()

  /** @param directory of the configuration, from which relative paths go */
  constructor(directory: string) {
    this.#directory = directory
  }

  path(path: string): string {
    return resolve(this.#directory, path)
  }

  /**
   * A source with the place of its file and its SHA-256; the name of a public data set as it is.
   *
   * @throws RobustFeaturesError `FILE_NOT_FOUND`; `INVALID_FILE` when it cannot be read, or is not of the SHA-256 that
   *   the configuration has
   */
  async source(source: ConfigSource): Promise<ConfigSource> {
    if (typeof source === 'string') return isDataSetName(source) ? source : this.#pinned(source)
    const found = await this.#pinned(source.file)
    if (source.sha256 !== undefined && found.sha256 !== source.sha256)
      throw invalidFile(source.file, `a file of SHA-256 ${source.sha256}`, found.sha256)
    return found
  }

  async #pinned(path: string): Promise<{ file: string; sha256: string }> {
    const file = this.path(path)
    const digest = this.#digests.get(file) ?? digestOf(file)
    this.#digests.set(file, digest)
    return { file, sha256: await digest }
  }
}

async function digestOf(path: string): Promise<string> {
  const file = await datasetFile(path)
  try {
    return await fileSha256(file)
  } catch (cause) {
    throw readFailure(file, cause)
  }
}
