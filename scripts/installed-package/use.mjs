import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Trains, attacks, evaluates and saves a network of each kind with the library it is given, and prints what came out.
 * Throws unless training has learned its classes and the attacks make a difference.
 */
export async function use(library) {
  await usePatchNetwork(library)
  await useLayeredNetwork(library)
}

async function usePatchNetwork(library) {
  const { adversarial, attackSuite, evaluateRobustness, oneStep, PatchDistribution, PatchNetwork, train } =
    library
  const radius = 0.5
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
  const [data, test] = [await distribution.sample(60), await distribution.sample(60, { stream: 'test' })]
  const network = PatchNetwork.initialize({ classes: 3, dimension: 32, filtersPerClass: 6, seed: 7 })
  const { network: trained } = await inTemporaryFolder(
    (directory) =>
      train(network, data, {
        objective: adversarial(oneStep({ radius: 0.1 })),
        learningRate: 0.3,
        iterations: 300,
        checkpoint: { directory },
      }).finished,
  )
  const attacks = attackSuite(distribution, { radius, steps: 10 })
  report('patch network', await evaluateRobustness(trained, test, { attacks }))
  await reportFile('weights.npz', (path) => {
    const { weights, filtersPerClass, classes, dimension } = trained
    const tensor = { data: weights, shape: [filtersPerClass * classes, dimension] }
    return library.writeNpz(path, { tensors: new Map([['weights', tensor]]) })
  })
}

async function useLayeredNetwork(library) {
  const { activation, batchNormalization, convolution, createImageDataset, dense, evaluateRobustness } =
    library
  const { ImageData, imageAttackSuite, LayeredNetwork, maxPooling, relu, sgd, standard, train } = library
  const images = ImageData.fromImages(createImageDataset(stripes(60)))
  const layers = [
    convolution({ channels: 8, padding: 1, bias: false }),
    batchNormalization(),
    activation(relu()),
    maxPooling({ window: 2 }),
    dense({ units: 3 }),
  ]
  const network = LayeredNetwork.initialize({
    input: { height: 12, width: 12, channels: 1 },
    layers,
    seed: 1,
  })
  const run = train(network, images, {
    objective: standard(),
    learningRate: 0.05,
    epochs: 20,
    batchSize: 20,
    optimizer: sgd({ momentum: 0.9 }),
    seed: 1,
  })
  const { network: trained } = await run.finished
  const attacks = imageAttackSuite({ norm: 'linf', radius: 0.3, steps: 5 })
  report('layered network', await evaluateRobustness(trained, images, { attacks }))
  await reportFile('network.onnx', (path) => library.saveOnnx(trained, path))
}

/** Stripes along the rows, along the columns and across both. */
function stripes(count) {
  const [height, width] = [12, 12]
  const labels = Uint8Array.from({ length: count }, (_, n) => n % 3)
  const images = Uint8Array.from({ length: count * height * width }, (_, index) => {
    const n = Math.floor(index / (height * width))
    const [row, column] = [Math.floor(index / width) % height, index % width]
    const phase = [row, column, row + column][n % 3] + Math.floor(n / 3)
    return phase % 4 < 2 ? 180 : 60
  })
  return { name: 'stripes', images, labels, height, width, channels: 1, classes: 3 }
}

function report(name, { cleanAccuracy, robustAccuracy }) {
  console.log(`${name}: clean ${cleanAccuracy.toFixed(2)}, robust ${robustAccuracy.toFixed(2)}`)
  if (!(cleanAccuracy > 0.9 && robustAccuracy < cleanAccuracy))
    throw new Error(`Expected ${name} to learn its classes and the attacks to find something.`)
}

/** The bits of what was trained, and that writing them works: its libraries are loaded only then. */
async function reportFile(name, write) {
  const bytes = await inTemporaryFolder(async (folder) => {
    await write(join(folder, name))
    return readFile(join(folder, name))
  })
  console.log(`${name}: SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`)
}

async function inTemporaryFolder(action) {
  const folder = await mkdtemp(join(tmpdir(), 'robust-features-'))
  try {
    return await action(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
