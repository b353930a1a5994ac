import { join } from 'node:path'
import { pgd } from '../attacks/gradient-ascent.js'
import { ImageData } from '../data/image-data.js'
import { extractFeatures } from '../features/extract-features.js'
import type { FeatureKind } from '../features/feature-options.js'
import type { FeatureSet } from '../features/feature-set.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { adversarial, type Objective, standard } from '../training/objective.js'
import { cosineDecay } from '../training/schedule.js'
import type { ExperimentContext } from './experiment.js'
import { readyNetwork } from './ready-networks.js'
import { trainedLayeredNetwork } from './trained-network.js'
import type { TransferTask } from './transferability-presets.js'

/** All networks of one seed. */
export interface SeedNetworks {
  readonly seed: number
  /** Their folder within the run folder. */
  readonly where: string
  readonly standard: LayeredNetwork
  readonly adversarial: LayeredNetwork
  /** By the constructed set they were trained on, by standard training. */
  readonly onSets: ReadonlyMap<FeatureKind, LayeredNetwork>
  /** Share of a set's labels that are not those of its originals. */
  readonly relabelled: ReadonlyMap<FeatureKind, number>
}

/** What is trained on, and where. */
export interface SeedRun {
  readonly task: TransferTask
  readonly train: ImageData
  readonly seed: number
  readonly where: string
}

type Context = Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal' | 'note'>

type Progress = (share: number, activity: string) => void

/** So that a network on a set does not start from the weights of the one that the set was made with. */
const FRESH = 1_000_000

/** Trainings of the originals take about this share of the time, the constructed sets the rest. */
const SHARE_OF_ORIGINALS = 0.4

/** Trains both ways, and on every constructed set; what an earlier session has done is read. */
export async function seedNetworks(
  context: Context,
  run: SeedRun,
  kinds: readonly FeatureKind[],
  onProgress: Progress,
): Promise<SeedNetworks> {
  const { task, train: data, seed, where } = run
  const { radius, trainingSteps, trainingEpochs } = task
  const within = (first: number, last: number, activity: string) => (share: number) =>
    onProgress(first + (last - first) * share, activity)
  const plain = await trained(
    context,
    run,
    { name: 'standard', data, seed, objective: standard(), epochs: trainingEpochs.standard },
    within(0, SHARE_OF_ORIGINALS / 4, 'standard'),
  )
  const attack = pgd({ norm: 'linf', radius, steps: trainingSteps, randomStart: true })
  const hardened = await trained(
    context,
    run,
    { name: 'adversarial', data, seed, objective: adversarial(attack), epochs: trainingEpochs.adversarial },
    within(SHARE_OF_ORIGINALS / 4, SHARE_OF_ORIGINALS, 'adversarial'),
  )
  const onSets = new Map<FeatureKind, LayeredNetwork>()
  const relabelled = new Map<FeatureKind, number>()
  for (const [position, kind] of kinds.entries()) {
    const share = (1 - SHARE_OF_ORIGINALS) / kinds.length
    const first = SHARE_OF_ORIGINALS + position * share
    const source = kind === 'robust' ? hardened : plain
    const { set, originals } = await constructed(
      context,
      run,
      { kind, source },
      within(first, first + share / 2, `${kind} images`),
    )
    const { epochs } = task.sets
    const network = await trained(
      context,
      run,
      {
        name: `on-${kind}`,
        data: ImageData.fromImages(set.dataset),
        seed: (seed + FRESH) % Number.MAX_SAFE_INTEGER,
        objective: standard(),
        epochs: isTargeted(kind) ? epochs.targeted : epochs.matched,
      },
      within(first + share / 2, first + share, `on ${kind} images`),
    )
    onSets.set(kind, network)
    const labels = originals.labels()
    const changed = labels.filter((label, n) => label !== set.dataset.labels[n]).length
    relabelled.set(kind, changed / Math.max(1, labels.length))
  }
  return { seed, where, standard: plain, adversarial: hardened, onSets, relabelled }
}

/** Images of one kind of feature, kept in `<where>/sets/<kind>`. */
async function constructed(
  { directory, threads, signal }: Context,
  { task: { sets }, train, seed, where }: SeedRun,
  { kind, source }: { kind: FeatureKind; source: LayeredNetwork },
  onProgress: (share: number) => void,
): Promise<{ set: FeatureSet; originals: ImageData }> {
  const wanted = isTargeted(kind) ? sets.targetedImages : sets.matchedImages
  const originals = train.select(Array.from({ length: Math.min(wanted, train.samples) }, (_, n) => n))
  const common = {
    seed,
    directory: join(directory, where, 'sets', kind),
    onProgress: (done: number, count: number) => onProgress(done / count),
    threads,
    signal,
  }
  const set = await extractFeatures(
    source,
    originals,
    isTargeted(kind)
      ? { kind, steps: sets.targetedSteps, radius: sets.targetedRadius, ...common }
      : { kind, steps: sets.matchedSteps, ...common },
  )
  return { set, originals }
}

type TargetedKind = Extract<FeatureKind, `targeted-${string}`>

function isTargeted(kind: FeatureKind): kind is TargetedKind {
  return kind.startsWith('targeted')
}

interface Training {
  readonly name: string
  readonly data: ImageData
  readonly seed: number
  readonly objective: Objective
  readonly epochs: number
}

async function trained(
  context: Context,
  { task, where }: SeedRun,
  { name, data, seed, objective, epochs }: Training,
  onProgress: (share: number) => void,
): Promise<LayeredNetwork> {
  const { mean, deviation, augmentation, optimizer, learningRate, batchSize } = task
  const normalization = { mean, deviation }
  const { network } = await trainedLayeredNetwork(
    context,
    {
      name: `${where}/${name}`,
      network: readyNetwork(task.network, data, mean.length === 0 ? { seed } : { normalization, seed }),
      data,
      objective,
      options: {
        learningRate: cosineDecay({ initial: learningRate }),
        epochs,
        batchSize,
        optimizer,
        augmentation,
        seed,
      },
    },
    onProgress,
  )
  return network
}
