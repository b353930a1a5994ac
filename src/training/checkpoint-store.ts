import { createHash } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFailure } from '../data/atomic-file.js'
import { canonicalJson } from '../data/canonical-json.js'
import { systemErrorCode } from '../data/read-file.js'
import {
  readSafetensors,
  type SafetensorsContent,
  type Tensor,
  writeSafetensors,
} from '../data/safetensors.js'
import type { FloatArray } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'

const RESERVED_METADATA = ['iteration', 'configHash', 'sha256']

/** What training needs to go on from an iteration to the bits of an uninterrupted run. */
export interface Checkpoint {
  /** Completed iterations. */
  readonly iteration: number
  /** [filters, dimension] of both arrays. */
  readonly shape: readonly [number, number]
  readonly weights: FloatArray
  /** Of the same type and length as the weights. */
  readonly velocity: FloatArray
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
  #newestIsDamaged = false

  /**
   * @param directory an existing run folder
   * @param configHash of the run; checkpoints of other runs are refused
   */
  constructor({ directory, configHash }: { directory: string; configHash: string }) {
    this.#newest = join(directory, 'checkpoint.safetensors')
    this.#previous = join(directory, 'checkpoint.previous.safetensors')
    this.#configHash = configHash
  }

  /**
   * Keeps a checkpoint, and the newest before it as the previous one. Calls must not overlap.
   *
   * @throws RobustFeaturesError `INVALID_ARGUMENT` when the arrays do not fit the shape; `WRITE_FAILED`, after which
   *   an intact earlier checkpoint is still there
   */
  async save(checkpoint: Checkpoint): Promise<void> {
    const content = toContent(checkpoint, this.#configHash)
    // A damaged file must not push out the intact previous one.
    if (!this.#newestIsDamaged) await this.#keepNewestAsPrevious()
    await writeSafetensors(this.#newest, content)
    this.#newestIsDamaged = false
  }

  /**
   * The newest intact checkpoint.
   *
   * @throws RobustFeaturesError `INVALID_FILE` when it belongs to a run of another configuration
   */
  async loadLatest(): Promise<CheckpointLookup> {
    const newest = await this.#read(this.#newest)
    this.#newestIsDamaged = newest.damage !== undefined
    if (newest.checkpoint !== undefined) return { checkpoint: newest.checkpoint, warning: undefined }
    const previous = await this.#read(this.#previous)
    return { checkpoint: previous.checkpoint, warning: warningAbout([newest, previous]) }
  }

  async #keepNewestAsPrevious(): Promise<void> {
    try {
      await rename(this.#newest, this.#previous)
    } catch (cause) {
      if (systemErrorCode(cause) !== 'ENOENT') throw writeFailure(this.#previous, cause)
    }
  }

  async #read(path: string): Promise<Candidate> {
    try {
      const { configHash, checkpoint } = fromContent(await readSafetensors(path), path)
      if (configHash === this.#configHash) return { path, checkpoint }
    } catch (error) {
      if (!(error instanceof RobustFeaturesError)) throw error
      if (error.code === 'FILE_NOT_FOUND') return { path }
      return { path, damage: error.message }
    }
    throw new RobustFeaturesError(
      'INVALID_FILE',
      `Expected ${path} to be a checkpoint of configuration ${this.#configHash}, got one of another configuration.`,
    )
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

function toContent(checkpoint: Checkpoint, configHash: string): SafetensorsContent {
  const { iteration, shape, weights, velocity, metadata = {} } = checkpoint
  if (!Number.isSafeInteger(iteration) || iteration < 0) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`iteration\` to be a non-negative integer, got ${iteration}.`,
    )
  }
  if (weights.constructor !== velocity.constructor) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      'Expected `velocity` to be of the type of `weights`, got another.',
    )
  }
  const reserved = RESERVED_METADATA.find((name) => Object.hasOwn(metadata, name))
  if (reserved !== undefined) {
    const message = `Expected \`metadata\` to have names other than the checkpoint's own, got \`${reserved}\`.`
    throw new RobustFeaturesError('INVALID_ARGUMENT', message)
  }
  const facts = { ...metadata, iteration: String(iteration), configHash }
  const tensors = new Map([
    ['weights', { shape, data: weights }],
    ['velocity', { shape, data: velocity }],
  ])
  return { tensors, metadata: { ...facts, sha256: checksum(facts, tensors) } }
}

function fromContent(
  { tensors, metadata }: SafetensorsContent,
  path: string,
): { configHash: string; checkpoint: Checkpoint } {
  const { sha256, ...facts } = metadata
  const { iteration, configHash, ...others } = facts
  const weights = tensors.get('weights')
  const velocity = tensors.get('velocity')
  if (configHash === undefined || !isFloats(weights) || !isFloats(velocity)) {
    throw damaged(path, 'a checkpoint with weights and velocity', 'another safetensors file')
  }
  if (sha256 !== checksum(facts, tensors)) throw damaged(path, 'content of its own SHA-256', 'other content')
  const [filters, dimension] = weights.shape
  const completed = Number(iteration)
  if (
    filters === undefined ||
    dimension === undefined ||
    weights.shape.length !== 2 ||
    String(weights.shape) !== String(velocity.shape) ||
    weights.data.constructor !== velocity.data.constructor ||
    !Number.isSafeInteger(completed) ||
    completed < 0
  ) {
    throw damaged(path, 'weights and velocity of one shape and type and an iteration', 'others')
  }
  const shape = [filters, dimension] as const
  const checkpoint = {
    iteration: completed,
    shape,
    weights: weights.data,
    velocity: velocity.data,
    metadata: others,
  }
  return { configHash, checkpoint }
}

/** SHA-256 over everything the checkpoint says, so that a flipped bit is noticed in the iteration too. */
function checksum(facts: Readonly<Record<string, string>>, tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash('sha256').update(canonicalJson(facts))
  for (const name of ['weights', 'velocity']) {
    const tensor = tensors.get(name)
    if (tensor === undefined) continue
    const { shape, data } = tensor
    hash.update(canonicalJson({ name, shape, bytesPerElement: data.BYTES_PER_ELEMENT }))
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex')
}

function isFloats(tensor: Tensor | undefined): tensor is Tensor & { readonly data: FloatArray } {
  return tensor?.data instanceof Float32Array || tensor?.data instanceof Float64Array
}

function damaged(path: string, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_FILE', `Expected ${path} to hold ${expected}, got ${found}.`)
}
