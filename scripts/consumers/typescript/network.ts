import {
  type Attack,
  adversarial,
  attackSuite,
  type CustomAttack,
  createRecord,
  evaluateRobustness,
  oneStep,
  type PatchData,
  PatchDistribution,
  PatchNetwork,
  pgd,
  RobustFeaturesError,
  type Robustness,
  smoothedRelu,
  type TrainingRecord,
  train,
} from 'robust-features'

const distribution = new PatchDistribution({
  classes: 3,
  dimension: 32,
  robustPatches: 1,
  nonRobustPatches: 20,
  robustStrength: 2,
  nonRobustStrength: 0.5,
  noise: 0.01,
  seed: 7,
})
const data: PatchData = await distribution.sample(60)
const network: PatchNetwork = PatchNetwork.initialize({
  classes: 3,
  dimension: 32,
  filtersPerClass: 6,
  activation: smoothedRelu({ power: 3, threshold: 1 }),
  seed: 7,
})
const run = train(network, data, {
  objective: adversarial(oneStep({ radius: 0.1 })),
  learningRate: 0.3,
  iterations: 30,
  record: { every: 10 },
  signal: new AbortController().signal,
})
const history: TrainingRecord[] = []
for await (const record of run) history.push(record)
const { network: trained } = await run.finished
const attacks: readonly Attack[] = [
  pgd({ radius: 0.5, steps: 3 }),
  ...attackSuite(distribution, { radius: 0.5 }),
]
const robustness: Robustness = await evaluateRobustness(trained, data, { attacks, certify: true })
const accuracy: number = robustness.robustAccuracy

try {
  // @ts-expect-error no such option
  pgd({ radius: 1, stepz: 3 })
} catch (error) {
  if (!(error instanceof RobustFeaturesError) || error.code !== 'UNKNOWN_OPTION') throw error
}
// @ts-expect-error a network is needed
const refused = () => train(undefined, data, {})

export type { CustomAttack }

console.log(history.length, accuracy <= robustness.cleanAccuracy, typeof createRecord, typeof refused)
