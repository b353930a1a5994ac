import { join } from 'node:path'
import { makeDirectory } from '../data/atomic-file.js'
import type { PatchNetwork } from '../model/patch-network.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { Checkpoint } from './checkpoint-store.js'
import type { TrainingStorage } from './trainer.js'

/** A network as it was on the way. */
export interface Snapshot<Net = PatchNetwork> {
  /** Updates done. */
  readonly iteration: number
  /** After those. */
  readonly network: Net
}

/** When a run keeps its network: at iteration 0, every `every`-th and the last; never where `every` is undefined. */
export class SnapshotPlan {
  readonly #every: number | undefined
  readonly #last: number

  constructor(every: number | undefined, iterations: number) {
    this.#every = every
    this.#last = iterations
  }

  isDue(iteration: number): boolean {
    return this.#every !== undefined && (iteration % this.#every === 0 || iteration === this.#last)
  }

  /** The next iteration to stop at. */
  after(iteration: number): number | undefined {
    if (this.#every === undefined) return undefined
    return Math.min(this.#last, (Math.floor(iteration / this.#every) + 1) * this.#every)
  }

  /** All up to an iteration, in order. */
  upTo(iteration: number): number[] {
    const every = this.#every
    if (every === undefined) return []
    const due = Array.from({ length: Math.floor(iteration / every) + 1 }, (_, position) => position * every)
    return iteration === this.#last && iteration % every !== 0 ? [...due, iteration] : due
  }
}

/** Of snapshots in a run folder. */
export const SNAPSHOT_FOLDER = 'snapshots'

type Files<Net> = Pick<TrainingStorage<Net, unknown>, 'save' | 'load' | 'digest'>

/**
 * Snapshots as network files `snapshots/<iteration>.safetensors` of a run folder. A checkpoint holds the digests of those
 * before it, so that a run goes on from none that are missing, damaged or another run's.
 */
export class SnapshotFiles<Net> {
  readonly #directory: string
  readonly #files: Files<Net>
  readonly #digests = new Map<number, string>()

  constructor(directory: string, files: Files<Net>) {
    this.#directory = directory
    this.#files = files
  }

  /** @throws RobustFeaturesError `WRITE_FAILED` */
  async keep({ iteration, network }: Snapshot<Net>): Promise<void> {
    await makeDirectory(join(this.#directory, SNAPSHOT_FOLDER))
    await this.#files.save(network, this.#path(iteration))
    this.#digests.set(iteration, this.#files.digest(network))
  }

  /** For the next checkpoint. */
  get metadata(): Readonly<Record<string, string>> {
    return this.#digests.size === 0 ? {} : { snapshots: JSON.stringify(Object.fromEntries(this.#digests)) }
  }

  /**
   * The snapshots that a checkpoint follows.
   *
   * @throws RobustFeaturesError `FILE_NOT_FOUND` or `INVALID_FILE` when one is not as it was written
   */
  async restore(due: readonly number[], { metadata = {} }: Checkpoint): Promise<Snapshot<Net>[]> {
    const digests: Record<string, string> = JSON.parse(metadata.snapshots ?? '{}')
    const snapshots: Snapshot<Net>[] = []
    for (const iteration of due) {
      const path = this.#path(iteration)
      const network = await this.#files.load(path)
      const digest = this.#files.digest(network)
      if (digest !== digests[iteration]) {
        throw new RobustFeaturesError(
          'INVALID_FILE',
          `Expected ${path} to hold the snapshot that its checkpoint was made after, got another network.`,
        )
      }
      this.#digests.set(iteration, digest)
      snapshots.push({ iteration, network })
    }
    return snapshots
  }

  #path(iteration: number): string {
    return snapshotPath(this.#directory, iteration)
  }
}

/** @param directory the run folder */
export function snapshotPath(directory: string, iteration: number): string {
  return join(directory, SNAPSHOT_FOLDER, `${iteration}.safetensors`)
}
