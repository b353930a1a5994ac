import { activation } from './activation.js'
import { adversarialTraining } from './adversarial-training.js'
import { attackSteps } from './attack-steps.js'
import { depth } from './depth.js'
import type { Experiment } from './experiment.js'
import { featureStrength } from './feature-strength.js'
import { imageAccuracy } from './image-accuracy.js'
import { learningDynamics } from './learning-dynamics.js'
import { radiusSpectrum } from './radius-spectrum.js'
import { robustFeaturesExist } from './robust-features-exist.js'
import { sensitivity } from './sensitivity.js'
import { standardTraining } from './standard-training.js'
import { transferability } from './transferability.js'

/** All experiments, in the order in which they are told. */
export const experiments: readonly Experiment[] = [
  robustFeaturesExist,
  standardTraining,
  adversarialTraining,
  learningDynamics,
  radiusSpectrum,
  featureStrength,
  attackSteps,
  activation,
  sensitivity,
  imageAccuracy,
  transferability,
  depth,
] as unknown as readonly Experiment[]
