import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { imageAttackSuite } from '../attacks/attack-suite.js'
import type { ImageData } from '../data/image-data.js'
import { type FeatureKind, isTargeted } from '../features/feature-options.js'
import { atLeast } from './conditions.js'
import { noneDiverged, overResults } from './divergence.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import { measuredOnce } from './measured-once.js'
import type { SeedNetworks } from './transferability-networks.js'
import type { TransferTask } from './transferability-presets.js'

/** What a network of a constructed set is worth on clean and on attacked test images. */
export interface SetAccuracy {
  readonly clean: number
  readonly robust: number
  /** Share of the set's labels that are not those of its originals. */
  readonly relabelled: number
}

/** Of one seed. */
export interface SetResult {
  readonly accuracies: Readonly<Partial<Record<FeatureKind, SetAccuracy>>>
  readonly flags: readonly RunFlag[]
}

/** The test of Ilyas et al. (arXiv 1905.02175): what networks of constructed sets do on real test images. */
export async function setResult(
  context: Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal'>,
  { task, test }: { task: TransferTask; test: ImageData },
  { seed, where, onSets, relabelled }: SeedNetworks,
): Promise<SetResult> {
  const { threads, signal } = context
  const { value } = await measuredOnce(context, `${where}/sets`, async () => {
    const accuracies: Partial<Record<FeatureKind, SetAccuracy>> = {}
    const flags: RunFlag[] = []
    for (const [kind, network] of onSets) {
      const robustness = await evaluateRobustness(network, test, {
        attacks: imageAttackSuite({ ...task.sets.ball, ...task.sets.suite }),
        stopWhenFooled: true,
        seed,
        threads,
        signal,
      })
      accuracies[kind] = {
        clean: robustness.cleanAccuracy,
        robust: robustness.robustAccuracy,
        relabelled: relabelled.get(kind) ?? 0,
      }
      for (const { name, message } of robustness.flags)
        flags.push({ where: `${where}/on-${kind}`, name, message })
    }
    return { accuracies, flags }
  })
  return value
}

/** What is published of such networks. */
export interface PublishedSetAccuracy {
  readonly kind: FeatureKind
  readonly source: string
  readonly clean: number
  /** At `ball`. */
  readonly robust: number
  readonly ball: string
}

const ILYAS = 'arXiv 1905.02175'

/** On CIFAR-10, of ResNet-50 networks; no verdict rests on them. */
export const publishedSetAccuracies: Readonly<
  Partial<Record<TransferTask['dataset'], readonly PublishedSetAccuracy[]>>
> = {
  cifar10: [
    { kind: 'robust', source: ILYAS, clean: 0.84, robust: 0.48, ball: 'ℓ2 0.25' },
    { kind: 'non-robust', source: ILYAS, clean: 0.88, robust: 0, ball: 'ℓ2 0.25' },
  ],
}

/** The records of a data set's constructed sets. */
export function setRecords(
  task: TransferTask,
  results: readonly SetResult[],
  common: Pick<ExperimentRecord, 'experiment' | 'config' | 'seeds'>,
): ExperimentRecord[] {
  const { dataset, sets } = task
  const { clean, difference, targeted } = sets.criteria
  const over = (kind: FeatureKind, read: (accuracy: SetAccuracy) => number) =>
    overResults(results, ({ accuracies }) => read(accuracies[kind] ?? NOTHING))
  const finished = noneDiverged(common.seeds.length, results.length)
  const fields = {
    ...common,
    dataset,
    source: `arXiv 2410.08503, which follows ${ILYAS}`,
    reported: null,
    config: { ...common.config, published: publishedSetAccuracies[dataset] ?? [] },
  }
  const prefix = `${common.experiment}/${dataset}`
  const accurate = (kind: FeatureKind, least: number) =>
    atLeast(
      over(kind, (accuracy) => accuracy.clean),
      least,
      `clean accuracy, ${kind} set`,
    )
  return [
    createRecord(
      {
        ...fields,
        id: `${prefix}/robust-set`,
        claim:
          'Standard training on the robust set gives clearly more robust accuracy than on the non-robust set, and both are accurate',
      },
      [
        atLeast(
          overResults(
            results,
            ({ accuracies }) =>
              (accuracies.robust ?? NOTHING).robust - (accuracies['non-robust'] ?? NOTHING).robust,
          ),
          difference,
          'robust accuracy, robust set less non-robust set',
        ),
        accurate('robust', clean),
        accurate('non-robust', clean),
        ...finished,
      ],
    ),
    ...sets.kinds
      .filter((kind) => isTargeted(kind))
      .map((kind) =>
        createRecord(
          {
            ...fields,
            id: `${prefix}/${kind}`,
            claim:
              'A network of a set whose labels look wrong classifies clean test images well above chance',
          },
          [
            accurate(kind, targeted),
            atLeast(
              over(kind, ({ relabelled }) => relabelled),
              0.8,
              'share of labels that are not the image’s own',
            ),
            ...finished,
          ],
        ),
      ),
  ]
}

const NOTHING: SetAccuracy = { clean: 0, robust: 0, relabelled: 0 }
