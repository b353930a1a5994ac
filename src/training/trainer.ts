import type { Tensor } from '../data/tensor-content.js'
import type { NativeAdvanceOptions } from '../native/contract.js'
import type { CancellationSource } from '../native/execution.js'
import type { Checkpoint } from './checkpoint-store.js'

/** A native trainer of either kind of network, as a run drives it. */
export interface Trainer<Net, Rec> {
  /** Updates done. */
  readonly iteration: number
  advance(options: NativeAdvanceOptions): Promise<{
    records: readonly Rec[]
    status: 'running' | 'finished' | 'diverged' | 'cancelled'
  }>
  /** The network as it is now. */
  network(): Net
  /** All that a checkpoint must hold. */
  state(): ReadonlyMap<string, Tensor>
}

/** Training of one kind of network, its options checked. */
export interface TrainingPlan<Net, Rec> {
  /** T. */
  readonly iterations: number
  /** What helps where the loss is no longer finite, as its error says it. */
  readonly remedy: string
  /** Begins, or goes on from a checkpoint. */
  readonly start: (checkpoint: Checkpoint | undefined) => Trainer<Net, Rec>
  readonly addon: () => CancellationSource
  readonly storage: TrainingStorage<Net, Rec>
}

/** What history, checkpoints and snapshots of a kind of network look like. */
export interface TrainingStorage<Net, Rec> {
  /** Names of a checkpoint's tensors. */
  readonly tensors: readonly string[]
  /** Everything that decides the run's bits. */
  readonly fingerprint: () => object
  /** The first iteration whose record a trainer that goes on at `iteration` makes again. */
  readonly remade: (iteration: number) => number
  /** A record as read back from a history file. */
  readonly revive: (record: Readonly<Record<string, unknown>>) => Rec
  readonly save: (network: Net, path: string) => Promise<void>
  readonly load: (path: string) => Promise<Net>
  /** Of the network's numbers. */
  readonly digest: (network: Net) => string
}
