import type { ImageData } from '../data/image-data.js'
import { type SetResult, setResult } from './constructed-sets.js'
import { resultsOf, unlessDiverged } from './divergence.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import type { ImageGrid } from './image-grid.js'
import { imageSet } from './image-sets.js'
import { measuredOnce } from './measured-once.js'
import { nextOf, withSource } from './source-seeds.js'
import { adversarialExamples } from './transferability-examples.js'
import { transferGrids } from './transferability-grids.js'
import { type TransferResult, transferResult } from './transferability-matrix.js'
import { type SeedNetworks, seedNetworks } from './transferability-networks.js'
import type { TransferTask } from './transferability-presets.js'

/** What one data set gave. */
export interface ImageTransfer {
  /** Images that were there, at most those asked for; undefined where the set cannot be had. */
  readonly used: { readonly trainingImages: number; readonly testImages: number } | undefined
  readonly results: readonly TransferResult[]
  readonly sets: readonly SetResult[]
  /** Of the first seed. */
  readonly grids: readonly ImageGrid[]
  readonly flags: readonly RunFlag[]
}

/** Of the time; the examples take the rest. */
const SHARE_OF_TRAINING = 0.8

type Context = ExperimentContext<object>

/** Trains the networks of every seed, and shows them what the networks of the next seed give. */
export async function imageTransfer(context: Context, task: TransferTask): Promise<ImageTransfer> {
  const { images, folder, flags } = await imageSet(context, task)
  if (images === undefined) return { used: undefined, results: [], sets: [], grids: [], flags }
  const { seeds, report } = context
  const all = withSource(seeds)
  const attempts = []
  for (const [position, seed] of all.entries()) {
    const where = `${folder}/seed-${seed}`
    // Of a seed that is only a source, no network of a targeted set is asked for.
    const kinds = seeds.includes(seed) ? task.sets.kinds : (['robust', 'non-robust'] as const)
    const attempt = await unlessDiverged(where, () =>
      seedNetworks(context, { task, images, seed, where }, kinds, (share, activity) =>
        report((SHARE_OF_TRAINING * (position + share)) / all.length, `seed ${seed}, ${activity}`),
      ),
    )
    attempts.push(attempt)
  }
  const networks = resultsOf(attempts)
  const results: TransferResult[] = []
  const sets: SetResult[] = []
  for (const [position, own] of networks.entries()) {
    if (!seeds.includes(own.seed)) continue
    const share = SHARE_OF_TRAINING + ((1 - SHARE_OF_TRAINING) * position) / networks.length
    report(share, `seed ${own.seed}, examples`)
    sets.push(await setResult(context, { task, test: images.test }, own))
    const source = nextOf(networks, position)
    if (source === undefined) continue
    const { value, before } = await measuredOnce(context, `${own.where}/transfer`, () =>
      shown(context, { task, test: images.test }, own, source),
    )
    if (before) context.note(`${own.where}: examples already shown.`)
    results.push(value)
  }
  return {
    used: { trainingImages: images.train.samples, testImages: images.test.samples },
    results,
    sets,
    grids: await transferGrids(context, task, images, networks),
    flags: [
      ...flags,
      ...attempts.flatMap((attempt) => attempt.flags),
      ...[...networks, ...sets].flatMap((made) => made.flags),
    ],
  }
}

function shown(
  { threads, signal }: Context,
  { task, test }: { task: TransferTask; test: ImageData },
  target: SeedNetworks,
  source: SeedNetworks,
): Promise<TransferResult> {
  return transferResult(
    {
      seed: target.seed,
      data: test,
      radii: task.radiusShares.map((share) => share * task.radius),
      targets: { standard: target.standard, adversarial: target.adversarial },
      examples: (from, radius) =>
        adversarialExamples(source, from, test, { radius, steps: task.steps }, { threads, signal }),
    },
    { threads, signal },
  )
}
