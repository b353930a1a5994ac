export type { AttackOutcome } from './analysis/attack-outcome.js'
export { type Certificate, type CertifyOptions, certify } from './analysis/certify.js'
export {
  type EvaluateRobustnessOptions,
  evaluateRobustness,
  type Robustness,
} from './analysis/evaluate-robustness.js'
export type { RobustnessFlagName } from './analysis/flag-names.js'
export {
  type Condition,
  type Criterion,
  createRecord,
  type ExperimentRecord,
  judge,
  judgeAll,
  type Verdict,
} from './analysis/record.js'
export type { RobustnessFlag } from './analysis/robustness-flags.js'
export {
  confidenceInterval95,
  type Interval,
  type Measurement,
  mean,
  measure,
  median,
  sampleStandardDeviation,
  wilsonInterval,
} from './analysis/statistics.js'
export type { Attack, CustomAttack, EngineAttack, ThreatModel, ThreatModelOptions } from './attacks/attack.js'
export {
  type AttackSuiteOptions,
  attackSuite,
  type ImageAttackSuiteOptions,
  imageAttackSuite,
} from './attacks/attack-suite.js'
export { type FeatureAlignedOptions, featureAligned } from './attacks/feature-aligned.js'
export {
  type GradientAscentOptions,
  type OneStepOptions,
  oneStep,
  type PgdOptions,
  pgd,
} from './attacks/gradient-ascent.js'
export { transfer } from './attacks/transfer.js'
export type { Features } from './data/features.js'
export { ImageData } from './data/image-data.js'
export {
  type AugmentationDraw,
  type AugmentationOptions,
  augment,
  augmentationDraw,
} from './data/images/augmentation.js'
export {
  classCounts,
  createImageDataset,
  type ImageDataset,
  type ImageProvenance,
  type SubsetOptions,
  subset,
  type TrainTestSplitOptions,
  trainTestSplit,
} from './data/images/image-dataset.js'
export { loadImageDataset, saveImageDataset } from './data/images/image-file.js'
export { type LoadImagesOptions, loadImages } from './data/images/load-images.js'
export type { DataSetName } from './data/images/sets/registry.js'
export { readNpz, writeNpz } from './data/npz.js'
export { PatchData, type PatchDataArrays } from './data/patch-data.js'
export {
  PatchDistribution,
  type PatchDistributionOptions,
  type SampleOptions,
} from './data/patch-distribution.js'
export type { Regime } from './data/regime.js'
export { readSafetensors, writeSafetensors } from './data/safetensors.js'
export type { Samples } from './data/samples.js'
export type { Strength } from './data/strength.js'
export type { SafetensorsContent, Tensor, TensorData } from './data/tensor-content.js'
export type { FeatureConstruction, FeatureSource } from './features/construction.js'
export { extractFeatures } from './features/extract-features.js'
export { loadFeatures } from './features/feature-file.js'
export type {
  ExtractFeaturesOptions,
  FeatureKind,
  MatchedFeatureOptions,
  TargetedFeatureOptions,
} from './features/feature-options.js'
export type { FeatureSet } from './features/feature-set.js'
export { type Activation, polynomial, relu, smoothedRelu } from './model/activation.js'
export { type ArchitectureOptions, resnet8, resnet20, smallCnn } from './model/architectures.js'
export {
  type FeatureCoefficients,
  featureCoefficients,
  type LearnedFeatures,
  learnedFeatures,
  type PatchFilters,
} from './model/feature-coefficients.js'
export type { ImageShape } from './model/layered-architecture.js'
export { LayeredNetwork } from './model/layered-network.js'
export type { LayeredArchitecture, PlannedOperation } from './model/layered-plan.js'
export {
  activation,
  averagePooling,
  batchNormalization,
  convolution,
  dense,
  globalAveragePooling,
  type Layer,
  maxPooling,
  normalization,
  residual,
  type WindowOptions,
} from './model/layers.js'
export type { Network, NetworkOutput } from './model/network.js'
export type { NetworkOf } from './model/network-kinds.js'
export { saveOnnx } from './model/onnx/save-onnx.js'
export { PatchNetwork } from './model/patch-network.js'
export type { PatchNetworkInitialization } from './model/patch-network-options.js'
export type { Budget, FloatArray, LossKind, Norm, Precision } from './native/contract.js'
export { type ErrorCode, RobustFeaturesError } from './native/errors.js'
export type { ExecutionOptions } from './native/execution.js'
export { type HistoryRecord, historyToCsv, readHistory } from './training/history-file.js'
export { adversarial, type Objective, standard } from './training/objective.js'
export { adam, type Optimizer, sgd } from './training/optimizer.js'
export type { LayeredTrainingRecord, TrainingRecord } from './training/record.js'
export { constantRate, cosineDecay, type LearningRateSchedule, stepDecay } from './training/schedule.js'
export type { Snapshot } from './training/snapshots.js'
export { train } from './training/train.js'
export type { LayeredTrainOptions, TrainOptions } from './training/train-options.js'
export type { RunStart, TrainingResult, TrainingRun } from './training/training-run.js'
