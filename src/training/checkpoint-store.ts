import { rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeFailure } from '../data/atomic-file.js'
import { contentChecksum } from '../data/content-checksum.js'
import { isSystemFailure, systemErrorCode } from '../data/read-file.js'
import { readSafetensors, writeSafetensors } from '../data/safetensors.js'
import type { SafetensorsContent, Tensor } from '../data/tensor-content.js'
import { RobustFeaturesError } from '../native/errors.js'

/** Raised when a checkpoint of before would not be gone on from to the same bits. */
const VERSION = '1'

const RESERVED_METADATA = ['version', 'iteration', 'configHash', 'sha256']

/** What training needs to go on from an iteration to the bits of an uninterrupted run. */
export interface Checkpoint {
  /** Completed iterations. */
  readonly iteration: number
  readonly tensors: ReadonlyMap<string, Tensor>
  /** Further facts to keep beside the tensors. */
  readonly metadata?: Readonly<Record<string, string>>
}

export interface CheckpointLookup {
  /** Undefined when the folder holds none that is intact. */
  readonly checkpoint: Checkpoint | undefined
  /** One sentence about damaged files that were passed over. */
  readonly warning: string | undefined
}

interface Candidate {
  readonly path: string
  readonly checkpoint?: Checkpoint
  readonly damage?: string
}

/** The last two checkpoints of a run folder, the newest in `checkpoint.safetensors`. */
export class CheckpointStore {
  readonly #newest: string
  readonly #previous: string
  readonly #configHash: string
  readonly #names: readonly string[]
  #newestIsPassedOver = false

  /**
   * @param directory an existing run folder
   * @param configHash of the run; checkpoints of other runs are refused
   * @param names of the tensors that every checkpoint of the run has
   */
  constructor({
    directory,
    configHash,
    names,
  }: {
    directory: string
    configHash: string
    names: readonly string[]
  }) {
    this.#newest = join(directory, 'checkpoint.safetensors')
    this.#previous = join(directory, 'checkpoint.previous.safetensors')
    this.#configHash = configHash
    this.#names = names
  }

  /**
   * Keeps a checkpoint, and the newest before it as the previous one. Calls must not overlap.
   *
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for other tensors, or one whose shape does not fit; `WRITE_FAILED`, after which
   *   an intact earlier checkpoint is still there
   */
  async save(checkpoint: Checkpoint): Promise<void> {
    const content = toContent(checkpoint, this.#configHash, this.#names)
    // A file that cannot be gone on from must not push out the previous one.
    if (!this.#newestIsPassedOver) await moveIfThere(this.#newest, this.#previous)
    await writeSafetensors(this.#newest, content)
    this.#newestIsPassedOver = false
  }

  /**
   * The newest intact checkpoint.
   *
   * @throws RobustFeaturesError `INVALID_ARGUMENT` when it belongs to a run of another configuration; `INVALID_FILE` when
   *   it belongs to another version of the package, or the operating system does not let it be read
   */
  async loadLatest(): Promise<CheckpointLookup> {
    const newest = await this.#read(this.#newest)
    this.#newestIsPassedOver = newest.damage !== undefined
    if (newest.checkpoint !== undefined) return { checkpoint: newest.checkpoint, warning: undefined }
    const previous = await this.#read(this.#previous)
    return { checkpoint: previous.checkpoint, warning: warningAbout([newest, previous]) }
  }

  /**
   * The one before the newest, where it is intact. The newest is then passed over.
   *
   * @throws RobustFeaturesError as `loadLatest`
   */
  async loadPrevious(): Promise<Checkpoint | undefined> {
    const { checkpoint } = await this.#read(this.#previous)
    if (checkpoint !== undefined) this.#newestIsPassedOver = true
    return checkpoint
  }

  /**
   * Moves all checkpoints into another folder.
   *
   * @throws RobustFeaturesError `WRITE_FAILED`
   */
  async moveTo(directory: string): Promise<void> {
    for (const path of [this.#newest, this.#previous])
      await moveIfThere(path, join(directory, basename(path)))
  }

  async #read(path: string): Promise<Candidate> {
    let found: Content
    try {
      found = fromContent(await readSafetensors(path), path, this.#names)
    } catch (error) {
      if (!(error instanceof RobustFeaturesError)) throw error
      if (error.code === 'FILE_NOT_FOUND') return { path }
      if (isSystemFailure(error)) throw error
      return { path, damage: error.message }
    }
    const { version, configHash, checkpoint } = found
    if (checkpoint === undefined) throw ofAnotherVersion(path, version)
    if (configHash === this.#configHash) return { path, checkpoint }
    throw ofAnotherTraining(path)
  }
}

/**
 * Renames a file, where there is one.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`
 */
export async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT') throw writeFailure(to, cause)
  }
}

function warningAbout(candidates: readonly Candidate[]): string | undefined {
  const damaged = candidates.filter(({ damage }) => damage !== undefined)
  if (damaged.length === 0) return undefined
  const next = candidates.find(({ checkpoint }) => checkpoint !== undefined)?.checkpoint
  const outcome =
    next === undefined
      ? 'no other is left, so training starts anew'
      : `continuing from the previous one at iteration ${next.iteration}`
  const paths = damaged.map(({ path }) => path).join(' and ')
  const reasons = damaged.map(({ damage = '' }) => damage.replace(/\.$/, '')).join('; ')
  return `The checkpoint ${paths} is damaged (${reasons}); ${outcome}.`
}

function toContent(
  { iteration, tensors, metadata = {} }: Checkpoint,
  configHash: string,
  names: readonly string[],
): SafetensorsContent {
  if (!isIteration(iteration)) {
    throw argument(`\`iteration\` to be a non-negative integer, got ${iteration}`)
  }
  if (!hasNames(tensors, names)) {
    throw argument(`\`tensors\` to be ${names.join(' and ')}, got ${[...tensors.keys()].join(' and ')}`)
  }
  const reserved = RESERVED_METADATA.find((name) => Object.hasOwn(metadata, name))
  if (reserved !== undefined) {
    throw argument(`\`metadata\` to have names other than the checkpoint's own, got \`${reserved}\``)
  }
  const facts = { ...metadata, version: VERSION, iteration: String(iteration), configHash }
  return { tensors, metadata: { ...facts, sha256: contentChecksum(facts, tensors) } }
}

interface Content {
  readonly version: string
  readonly configHash: string
  /** Undefined where it is of another version, of which nothing more is known. */
  readonly checkpoint: Checkpoint | undefined
}

function fromContent(
  { tensors, metadata }: SafetensorsContent,
  path: string,
  names: readonly string[],
): Content {
  const { sha256, ...facts } = metadata
  const { version, iteration, configHash, ...others } = facts
  const isCheckpoint = version !== undefined && configHash !== undefined
  if (!isCheckpoint || (version === VERSION && !hasNames(tensors, names))) {
    throw damaged(path, `a checkpoint with ${names.join(' and ')}`, 'another safetensors file')
  }
  // Before the version is looked at, so that damage is told from another version.
  if (sha256 !== contentChecksum(facts, tensors)) {
    throw damaged(path, 'content of its own SHA-256', 'other content')
  }
  if (version !== VERSION) return { version, configHash, checkpoint: undefined }
  const completed = Number(iteration)
  if (!isIteration(completed)) throw damaged(path, 'an iteration', 'none')
  return { version, configHash, checkpoint: { iteration: completed, tensors, metadata: others } }
}

function isIteration(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function hasNames(tensors: ReadonlyMap<string, Tensor>, names: readonly string[]): boolean {
  return tensors.size === names.length && names.every((name) => tensors.has(name))
}

function argument(expected: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', `Expected ${expected}.`)
}

function damaged(path: string, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_FILE', `Expected ${path} to hold ${expected}, got ${found}.`)
}

function ofAnotherVersion(path: string, version: string): RobustFeaturesError {
  return new RobustFeaturesError(
    'INVALID_FILE',
    `Expected ${path} to be a checkpoint of version ${VERSION}, got one of version ${version}.`,
  )
}

function ofAnotherTraining(path: string): RobustFeaturesError {
  return argument(
    '`checkpoint.directory` to hold a checkpoint of the same network, data and options, ' +
      `got that of another training in ${path}; choose another folder, or go back to its options`,
  )
}
