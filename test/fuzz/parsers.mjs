import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import Zip from 'adm-zip'
import { create } from 'tar'
import { readConfig } from '../../dist/cli/config-file.js'
import { FEATURES_FILE } from '../../dist/data/images/constructed-folder.js'
import { CIFAR_RECORD, parseCifarBinary } from '../../dist/data/images/formats/cifar-binary.js'
import { parseIdx, readIdxFile } from '../../dist/data/images/formats/idx.js'
import { cifarRecordsFromSheet } from '../../dist/data/images/formats/png-sheet.js'
import { parseSvhn } from '../../dist/data/images/formats/svhn.js'
import { readTarGz } from '../../dist/data/images/formats/tar-gz.js'
import { loadImageDataset, saveImageDataset } from '../../dist/data/images/image-file.js'
import { decodeNpy, encodeNpy } from '../../dist/data/npy.js'
import { decodeNpz, encodeNpz } from '../../dist/data/npz.js'
import { decodeSafetensors, encodeSafetensors } from '../../dist/data/safetensors.js'
import { requireSameConstruction } from '../../dist/features/construction-difference.js'
import { loadFeatures, saveFeatures } from '../../dist/features/feature-file.js'
import { constructionIn } from '../../dist/features/part-store.js'
import { LayeredNetwork, PatchNetwork } from '../../dist/index.js'
import { readRun } from '../../dist/report/read-run.js'
import { HistoryFile, readHistory } from '../../dist/training/history-file.js'
import { idxFile } from '../helpers/idx-file.mjs'
import { matlabFile, svhnVariables } from '../helpers/matlab-file.mjs'
import {
  checkpoints,
  construction,
  dataset,
  deflated,
  layeredNetwork,
  metadata,
  patchNetwork,
  perImage,
  runFiles,
  sheet,
  tensors,
  YAML,
} from './seeds.mjs'

/**
 * @typedef {object} Parser
 * @property {() => Promise<Uint8Array[]> | Uint8Array[]} seeds small files that are right
 * @property {(bytes: Uint8Array) => unknown} parse
 * @property {string[]} [codes] of errors it may throw, INVALID_FILE unless stated
 */

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

  /** One text among the metadata of a safetensors file is damaged. */
  const ofText = (name, key, write, read) => {
    const whole = ofFile(name, write, read)
    let content
    return {
      async seeds() {
        const [seed] = await whole.seeds()
        content = decodeSafetensors(seed, name)
        return [new Uint8Array(Buffer.from(content.metadata[key]))]
      },
      parse(bytes) {
        const metadata = { ...content.metadata, [key]: Buffer.from(bytes).toString() }
        return whole.parse(encodeSafetensors({ ...content, metadata }))
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
    'patch-network': ofText(
      'patch.safetensors',
      'network',
      (path) => patchNetwork().save(path),
      PatchNetwork.load,
    ),
    'layered-network': ofText(
      'layered.safetensors',
      'layeredNetwork',
      (path) => layeredNetwork().save(path),
      LayeredNetwork.load,
    ),
    images: ofHeader(
      'images.safetensors',
      (path) => saveImageDataset(dataset(), path),
      async (path) => requireImages(await loadImageDataset(path)),
    ),
    features: ofText(
      FEATURES_FILE,
      'construction',
      async (path) => {
        await saveFeatures(folder, { dataset: dataset(), construction, ...perImage })
        return path
      },
      () => loadFeatures(folder),
    ),
    construction: ofFile(
      'construction.json',
      (path) => writeFileSync(path, JSON.stringify(construction)),
      async () => requireSameConstruction(await constructionIn(folder), construction, folder),
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
