import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import Zip from 'adm-zip'
import { PNG } from 'pngjs'
import { create } from 'tar'
import { readConfig } from '../../dist/cli/config-file.js'
import { CIFAR_RECORD, parseCifarBinary } from '../../dist/data/images/formats/cifar-binary.js'
import { parseIdx, readIdxFile } from '../../dist/data/images/formats/idx.js'
import { cifarRecordsFromSheet } from '../../dist/data/images/formats/png-sheet.js'
import { parseSvhn } from '../../dist/data/images/formats/svhn.js'
import { readTarGz } from '../../dist/data/images/formats/tar-gz.js'
import { createImageDataset } from '../../dist/data/images/image-dataset.js'
import { loadImageDataset, saveImageDataset } from '../../dist/data/images/image-file.js'
import { decodeNpy, encodeNpy } from '../../dist/data/npy.js'
import { decodeNpz, encodeNpz } from '../../dist/data/npz.js'
import { decodeSafetensors, encodeSafetensors } from '../../dist/data/safetensors.js'
import { DATA_FORMAT } from '../../dist/experiments/run-experiment.js'
import { constructionSchema } from '../../dist/features/construction.js'
import { FEATURES_FILE, loadFeatures, saveFeatures } from '../../dist/features/feature-file.js'
import { requireFolderOf } from '../../dist/features/part-store.js'
import { dense, LayeredNetwork, PatchNetwork, smoothedRelu } from '../../dist/index.js'
import { readRun } from '../../dist/report/read-run.js'
import { CheckpointStore } from '../../dist/training/checkpoint-store.js'
import { HistoryFile, readHistory } from '../../dist/training/history-file.js'
import { idxFile } from '../helpers/idx-file.mjs'
import { matlabFile, svhnVariables } from '../helpers/matlab-file.mjs'

/**
 * @typedef {object} Parser
 * @property {() => Promise<Uint8Array[]> | Uint8Array[]} seeds small files that are right
 * @property {(bytes: Uint8Array) => unknown} parse
 * @property {string[]} [codes] of errors it may throw, INVALID_FILE unless stated
 */

const tensors = new Map([
  ['weights', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['big', { shape: [], data: BigInt64Array.of(7n) }],
  ['empty', { shape: [0, 4], data: new Float64Array() }],
])
const metadata = { name: 'a', note: '"quoted"' }

/**
 * Every parser of files that come from elsewhere, by name. Those that take a path read it from `folder`.
 *
 * @param {string} folder
 * @returns {Record<string, Parser>}
 */
export function parsersIn(folder) {
  const place = (name) => join(folder, name)
  /** A parser of a path, its seeds written by the package. */
  const ofFile = (name, write, read, codes) => ({
    codes,
    async seeds() {
      await write(place(name))
      return [new Uint8Array(readFileSync(place(name)))]
    },
    parse(bytes) {
      writeFileSync(place(name), bytes)
      return read(place(name))
    },
  })
  /** The header alone of a safetensors file is damaged: a length that fits and tensors are put around it. */
  const ofHeader = (name, write, read) => {
    const whole = ofFile(name, write, read)
    let body
    return {
      async seeds() {
        const [seed] = await whole.seeds()
        const end = 8 + Number(Buffer.from(seed).readBigUInt64LE())
        body = seed.slice(end)
        return [seed.slice(8, end)]
      },
      parse(header) {
        const length = Buffer.alloc(8)
        length.writeBigUInt64LE(BigInt(header.length))
        return whole.parse(Buffer.concat([length, header, body]))
      },
    }
  }

  return {
    idx: {
      seeds: () => [idxFile([2, 2, 3], Array(12).fill(9)), idxFile([4], [0, 1, 2, 3])],
      parse: (bytes) => requireWhole([parseIdx(bytes, 'file')]),
    },
    'idx.gz': ofFile(
      'a.gz',
      (path) => writeFileSync(path, gzipSync(idxFile([2, 2, 3], Array(12).fill(9)))),
      (path) => readIdxFile(path, 2 ** 20),
    ),
    cifar: {
      seeds: () => [new Uint8Array(2 * CIFAR_RECORD).fill(3)],
      parse: (bytes) => requireImages(parseCifarBinary(bytes, 'file')),
    },
    'cifar-sheet': {
      seeds: () => [6, 2].map((colorType) => new Uint8Array(sheet(colorType))),
      parse: (bytes) => cifarRecordsFromSheet(bytes, [3, 9], 'file'),
    },
    tar: {
      async seeds() {
        writeFileSync(place('noise'), 'noise '.repeat(40))
        return Promise.all(
          [true, false].map(async (gzip) => {
            await create({ gzip, cwd: folder, file: place('seed.tar'), portable: true, sync: true }, [
              'noise',
            ])
            return new Uint8Array(readFileSync(place('seed.tar')))
          }),
        )
      },
      parse(bytes) {
        writeFileSync(place('a.tar'), bytes)
        return readTarGz(place('a.tar'), new Map([['noise', 2000]]))
      },
    },
    svhn: {
      seeds: () =>
        [true, false].map((compressed) => {
          const variables = svhnVariables(new Uint8Array(2 * 3072), [10, 3])
          return matlabFile(variables.map((variable) => ({ ...variable, compressed })))
        }),
      parse: async (bytes) => requireImages(await parseSvhn(bytes, 'file')),
    },
    safetensors: {
      seeds: () => [encodeSafetensors({ tensors, metadata })],
      parse: (bytes) => requireWhole(decodeSafetensors(bytes, 'file').tensors.values()),
    },
    npy: {
      seeds: () => [...tensors].map(([name, tensor]) => encodeNpy(tensor, name)),
      parse: (bytes) => requireWhole([decodeNpy(bytes, 'file')]),
    },
    npz: {
      seeds: () => [encodeNpz({ tensors, metadata }, Zip), deflated(tensors)],
      parse: (bytes) => requireWhole(decodeNpz(bytes, 'file', Zip).tensors.values()),
    },
    'patch-network': ofHeader('patch.safetensors', (path) => patchNetwork().save(path), PatchNetwork.load),
    'layered-network': ofHeader(
      'layered.safetensors',
      (path) => layeredNetwork().save(path),
      LayeredNetwork.load,
    ),
    images: ofHeader(
      'images.safetensors',
      (path) => saveImageDataset(dataset(), path),
      async (path) => requireImages(await loadImageDataset(path)),
    ),
    features: ofHeader(
      FEATURES_FILE,
      async (path) => {
        await saveFeatures(folder, { dataset: dataset(), construction, ...perImage })
        return path
      },
      () => loadFeatures(folder),
    ),
    construction: ofFile(
      'construction.json',
      (path) => writeFileSync(path, JSON.stringify(construction)),
      () => requireFolderOf(folder, construction),
      ['INVALID_ARGUMENT'],
    ),
    checkpoint: ofFile(
      'checkpoint.safetensors',
      () => checkpoints(folder).save({ iteration: 3, tensors, metadata: { snapshots: '{"0":"a"}' } }),
      () => checkpoints(folder).loadLatest(),
    ),
    history: ofFile(
      'history.jsonl',
      async (path) => {
        writeFileSync(path, '')
        const file = await HistoryFile.open(path)
        await file.append([1, 2].map((iteration) => ({ iteration, loss: 1 / iteration, products: [1, 2] })))
      },
      readHistory,
    ),
    yaml: ofFile('config.yaml', (path) => writeFileSync(path, YAML), readConfig, ['INVALID_ARGUMENT']),
    ...Object.fromEntries(
      Object.entries(runFiles).map(([name, content]) => [
        `run-${name}`,
        ofFile(
          `${name}.json`,
          (path) => {
            mkdirSync(folder, { recursive: true })
            for (const [other, value] of Object.entries(runFiles))
              writeFileSync(place(`${other}.json`), JSON.stringify(value))
            writeFileSync(path, JSON.stringify(content))
          },
          () => readRun(folder),
          // Where the damage makes another kind of folder of it.
          name === 'config' ? ['FILE_NOT_FOUND'] : [],
        ),
      ]),
    ),
  }
}

/** As many numbers as the shapes say. */
function requireWhole(arrays) {
  for (const { shape, data } of arrays) {
    const count = shape.reduce((product, size) => product * size, 1)
    if (data.length !== count) throw new Error(`${data.length} numbers for shape ${shape.join(' × ')}`)
  }
}

function requireImages({ images, labels, height, width, channels }) {
  requireWhole([{ shape: [labels.length, height, width, channels], data: images }])
}

function sheet(colorType) {
  const image = new PNG({ width: 1024, height: 2, colorType })
  image.data.fill(100)
  return PNG.sync.write(image, { colorType })
}

function deflated(content) {
  const zip = new Zip()
  for (const [name, tensor] of content) zip.addFile(`${name}.npy`, Buffer.from(encodeNpy(tensor, name)))
  return new Uint8Array(zip.toBuffer())
}

function patchNetwork() {
  return PatchNetwork.initialize({
    classes: 2,
    dimension: 4,
    filtersPerClass: 2,
    activation: smoothedRelu({ power: 3, threshold: 1 }),
    initialScale: 0.1,
    seed: 1,
  })
}

function layeredNetwork() {
  return LayeredNetwork.initialize({
    input: { height: 2, width: 2, channels: 1 },
    layers: [dense({ units: 2 })],
    seed: 1,
  })
}

function dataset() {
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

const perImage = {
  initialLoss: Float64Array.of(1, 2),
  loss: Float64Array.of(0.5, Number.NaN),
  notFinite: Uint8Array.of(0, 1),
}

const construction = constructionSchema.parse({
  kind: 'robust',
  steps: 2,
  stepSize: 0.1,
  seed: 1,
  layer: 'dense',
  network: 'a'.repeat(64),
  source: { name: 'a', split: 'train', count: 2, classes: 2, images: 'b'.repeat(64), labels: 'c'.repeat(64) },
})

function checkpoints(directory) {
  return new CheckpointStore({ directory, configHash: 'a', names: [...tensors.keys()] })
}

const YAML = `# A configuration
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
const runFiles = {
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
