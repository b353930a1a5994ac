import type { DataSetName } from '../data/images/sets/registry.js'

/** Accuracies that others report for a data set at a radius. */
export interface PublishedAccuracy {
  readonly name: string
  readonly source: string
  readonly dataset: DataSetName
  /** Of the ℓ∞ ball. */
  readonly radius: number
  readonly clean: number
  readonly robust: number
  /** What the robust accuracy was measured with. */
  readonly attack: string
}

const MADRY = 'arXiv 1706.06083'

/** Points of reference, of networks far larger than ours on colour images; no verdict rests on them. */
export const publishedAccuracies: readonly PublishedAccuracy[] = [
  {
    name: 'Madry et al., adversarial',
    source: `${MADRY}, table 1`,
    dataset: 'mnist',
    radius: 0.3,
    clean: 0.988,
    robust: 0.893,
    attack: 'PGD-100, 20 restarts',
  },
  {
    name: 'Madry et al., wide ResNet, standard',
    source: `${MADRY}, figure 4`,
    dataset: 'cifar10',
    radius: 8 / 255,
    clean: 0.952,
    robust: 0.035,
    attack: 'PGD',
  },
  {
    name: 'Madry et al., wide ResNet, adversarial',
    source: `${MADRY}, table 2`,
    dataset: 'cifar10',
    radius: 8 / 255,
    clean: 0.873,
    robust: 0.458,
    attack: 'PGD-20',
  },
]

/** Those for a data set and radius. */
export function publishedFor(dataset: DataSetName, radius: number): PublishedAccuracy[] {
  return publishedAccuracies.filter((entry) => entry.dataset === dataset && entry.radius === radius)
}
