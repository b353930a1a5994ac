// @ts-check
// Gradient descent written out with `weightGradient`, in double precision, beside `train`: the same mathematics with
// sums in another order, so the weights agree to rounding and not to the bit. Then the gradient itself against a central
// difference.
import { PatchDistribution, PatchNetwork, polynomial, standard, train } from 'robust-features'

const distribution = new PatchDistribution({
  classes: 2,
  dimension: 16,
  robustPatches: 1,
  nonRobustPatches: 8,
  robustStrength: 2,
  nonRobustStrength: 0.5,
  noise: 0.05,
  features: 'random',
  seed: 3,
})
const data = await distribution.sample(50, { precision: 'float64' })
const initial = PatchNetwork.initialize({
  classes: 2,
  dimension: 16,
  filtersPerClass: 3,
  activation: polynomial({ power: 3 }),
  initialScale: 0.1,
  precision: 'float64',
  seed: 3,
})
const learningRate = 0.1
const iterations = 200

let network = initial
for (let iteration = 0; iteration < iterations; iteration++) {
  const gradient = await network.weightGradient(data)
  network = network.withWeights(network.weights.map((w, i) => w - learningRate * (gradient[i] ?? 0)))
}
const trained = await train(initial, data, { objective: standard(), learningRate, iterations }).finished
console.log(`mean loss: ${await meanLoss(initial)} before, ${await meanLoss(network)} after`)
const differences = network.weights.map((w, i) => Math.abs(w - (trained.network.weights[i] ?? Number.NaN)))
console.log(`largest difference from train: ${Math.max(...differences).toExponential(1)}`)

const analytic = (await network.weightGradient(data))[0] ?? Number.NaN
const step = 1e-5
const [above, below] = [await meanLoss(shifted(step)), await meanLoss(shifted(-step))]
const numeric = (above - below) / (2 * step)
console.log(
  `∂loss/∂w_0: ${analytic.toExponential(8)} by the engine, ${numeric.toExponential(8)} by central difference`,
)

/** @param {PatchNetwork} of */
async function meanLoss(of) {
  const { loss } = await of.evaluate(data)
  return loss.reduce((sum, value) => sum + value, 0) / loss.length
}

/** @param {number} by */
function shifted(by) {
  return network.withWeights(network.weights.map((w, i) => (i === 0 ? w + by : w)))
}
