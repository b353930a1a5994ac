import Zip from 'adm-zip'
import { PNG } from 'pngjs'
import { createImageDataset } from '../../dist/data/images/image-dataset.js'
import { encodeNpy } from '../../dist/data/npy.js'
import { DATA_FORMAT } from '../../dist/experiments/run-experiment.js'
import { constructionSchema } from '../../dist/features/construction.js'
import {
  activation,
  averagePooling,
  batchNormalization,
  convolution,
  dense,
  globalAveragePooling,
  LayeredNetwork,
  maxPooling,
  normalization,
  PatchNetwork,
  relu,
  residual,
  smoothedRelu,
} from '../../dist/index.js'
import { CheckpointStore } from '../../dist/training/checkpoint-store.js'

// Small right files of every kind, or what the package writes them from.

export const tensors = new Map([
  ['weights', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['big', { shape: [], data: BigInt64Array.of(7n) }],
  ['empty', { shape: [0, 4], data: new Float64Array() }],
])
export const metadata = { name: 'a', note: '"quoted"' }

export function sheet(colorType) {
  const image = new PNG({ width: 1024, height: 2, colorType })
  image.data.fill(100)
  return PNG.sync.write(image, { colorType })
}

export function deflated(content) {
  const zip = new Zip()
  for (const [name, tensor] of content) zip.addFile(`${name}.npy`, Buffer.from(encodeNpy(tensor, name)))
  return new Uint8Array(zip.toBuffer())
}

export function patchNetwork() {
  return PatchNetwork.initialize({
    classes: 2,
    dimension: 4,
    filtersPerClass: 2,
    activation: smoothedRelu({ power: 3, threshold: 1 }),
    initialScale: 0.1,
    seed: 1,
  })
}

export function layeredNetwork() {
  return LayeredNetwork.initialize({
    input: { height: 4, width: 4, channels: 1 },
    layers: [
      normalization({ mean: [0.5], deviation: [2] }),
      convolution({ channels: 2, padding: 1 }),
      residual([convolution({ channels: 2, padding: 1 }), batchNormalization(), activation(relu())]),
      maxPooling({ window: 2 }),
      averagePooling({ window: 1 }),
      globalAveragePooling(),
      dense({ units: 2 }),
    ],
    seed: 1,
  })
}

export function dataset() {
  return createImageDataset({
    name: 'a',
    images: new Uint8Array(2 * 2 * 2),
    labels: Uint8Array.of(0, 1),
    height: 2,
    width: 2,
    channels: 1,
    classes: 2,
  })
}

export const perImage = {
  initialLoss: Float64Array.of(1, 2),
  loss: Float64Array.of(0.5, Number.NaN),
  notFinite: Uint8Array.of(0, 1),
}

export const construction = constructionSchema.parse({
  kind: 'robust',
  steps: 2,
  stepSize: 0.1,
  seed: 1,
  layer: 'dense',
  network: 'a'.repeat(64),
  source: { name: 'a', split: 'train', count: 2, classes: 2, images: 'b'.repeat(64), labels: 'c'.repeat(64) },
})

export function checkpoints(directory) {
  return new CheckpointStore({ directory, configHash: 'a', names: [...tensors.keys()] })
}

export const YAML = `# A configuration
experiment: &name feature-learning
seeds: [1, 2, 3]
network: { classes: 3, filtersPerClass: 10, again: *name }
text: |
  several
  lines
steps:
  - { learningRate: 5.0e-1, at: 0x10 }
  - !!str 12
`

const interval = { value: 1.5, ci95: { lower: 1, upper: null }, n: 3 }
export const runFiles = {
  config: {
    experiment: 'a',
    scale: 'smoke',
    seeds: [1],
    preset: { steps: 3 },
    engine: '1',
    dataFormat: DATA_FORMAT,
  },
  records: [
    {
      ...{ id: 'a', experiment: 'a', claim: 'x > y', source: 'https://example.org', reported: 1.2 },
      conditions: [
        { measured: interval, criterion: { statistic: 'lower', relation: '>=', threshold: 0, text: 'x' } },
      ],
      ...{ verdict: 'reproduced', config: { steps: 3 }, seeds: [1] },
    },
  ],
  flags: [{ where: 'a', name: 'zero-gradient', message: 'b' }],
  figures: [
    {
      ...{ id: 'a', title: 'b', caption: 'c', kind: 'lines' },
      x: { field: 'x', title: 'x (1)', scale: 'log', domain: [1, 2] },
      y: { field: 'y', title: 'y' },
      rows: [{ x: 1, y: 2 }],
    },
  ],
  images: [{ id: 'a', title: 'b', caption: 'c', columns: ['d'] }],
  timings: { seconds: 1, threads: 2 },
}
