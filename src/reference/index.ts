export { activationSlope, activationValue, surrogateActivationSlope } from './activation.js'
export { alignedAttack } from './aligned-attack.js'
export { type AttackOptions, attack, sampleAttack, worstPerturbation } from './attack.js'
export { forward, type GradientOptions, gradients } from './batch.js'
export { gradientAttack, type SampleAttackResult } from './gradient-attack.js'
export { kernels } from './kernels.js'
export { type LayeredNetwork, layeredValues } from './layered.js'
export { crossEntropy, largestWrongScore, margin, type Residual, residual } from './loss.js'
export {
  classScores,
  preActivations,
  type SampleGradient,
  sampleInputGradient,
  sampleScores,
  sampleWeightGradient,
} from './network.js'
export { lossAndAccuracy, type Objective, type ObjectiveOptions, objective } from './objective.js'
export { type SampleOptions, samplePatchData } from './patch-sampler.js'
export {
  gatherPatches,
  type PatchData,
  type PatchShape,
  perturbedInput,
  scatterPatches,
  selectSamples,
} from './patches.js'
export { ascend, ballLength, largestBallNorm, norm, project } from './perturbation.js'
export { normal, permutation, philox4x32, random, streamId, uniform } from './philox.js'
export { type AttackKey, randomStart } from './random-start.js'
export { type AdvanceResult, batchIndices, probeProducts, Trainer, type TrainerOptions } from './trainer.js'
