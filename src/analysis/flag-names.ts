/** Reasons to distrust a robustness figure, which `evaluateRobustness` raises. */
export const ROBUSTNESS_FLAG_NAMES = [
  'attacks-disagree',
  'vanishing-gradients',
  'loss-not-rising',
  'precision-disagrees',
  'radius-too-large',
] as const satisfies readonly RobustnessFlagName[]

/** Each has a page in docs/flags. */
export type RobustnessFlagName =
  | 'attacks-disagree'
  | 'vanishing-gradients'
  | 'loss-not-rising'
  | 'precision-disagrees'
  | 'radius-too-large'

/** Signatures of a training that did not do what the theory says, which experiments raise. */
export const TRAINING_FLAG_NAMES = [
  'clean-accuracy-low',
  'robust-accuracy-low',
  'wrong-features-dominate',
  'dead-filters',
  'loss-diverges',
] as const
export type TrainingFlagName = (typeof TRAINING_FLAG_NAMES)[number]

/** About images that are not there or not the official ones, which experiments on images raise. */
export const DATA_FLAG_NAMES = ['data-set-skipped', 'data-set-unofficial'] as const
export type DataFlagName = (typeof DATA_FLAG_NAMES)[number]

/** About constructed images, which experiments that use them raise. */
export const CONSTRUCTION_FLAG_NAMES = ['images-not-finite'] as const
export type ConstructionFlagName = (typeof CONSTRUCTION_FLAG_NAMES)[number]

/** Every flag there is. */
export const FLAG_NAMES = [
  ...ROBUSTNESS_FLAG_NAMES,
  ...TRAINING_FLAG_NAMES,
  ...DATA_FLAG_NAMES,
  ...CONSTRUCTION_FLAG_NAMES,
] as const
export type FlagName = (typeof FLAG_NAMES)[number]

/** The page that says when a flag is raised, what it means and what to do, from the root of the package. */
export function flagPage(name: FlagName): string {
  return `docs/flags/${name}.md`
}
