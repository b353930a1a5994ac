import type { DataSet } from './data-set.js'
import { locateIdxFiles, readIdxFiles, wantedIdxFiles } from './idx-data-set.js'

const MIRRORS = [
  'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
]

const FILES = {
  trainImages: {
    name: 'train-images-idx3-ubyte.gz',
    bytes: 26421880,
    sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte.gz',
    bytes: 29515,
    sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte.gz',
    bytes: 4422102,
    sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte.gz',
    bytes: 5148,
    sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
  },
}

/** Zalando's article images (Xiao, Rasul and Vollgraf, arXiv 1708.07747), in MNIST's form. */
export const fashionMnist: DataSet = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST articles of clothing',
  homepage: 'https://github.com/zalandoresearch/fashion-mnist',
  licence: 'MIT',
  height: 28,
  width: 28,
  channels: 1,
  classNames: [
    'T-shirt or top',
    'trouser',
    'pullover',
    'dress',
    'coat',
    'sandal',
    'shirt',
    'sneaker',
    'bag',
    'ankle boot',
  ],
  splits: {
    train: { count: 60000, files: [FILES.trainImages.sha256, FILES.trainLabels.sha256] },
    test: { count: 10000, files: [FILES.testImages.sha256, FILES.testLabels.sha256] },
  },
  sources: () => [
    {
      kind: 'files',
      remotes: Object.values(FILES).map((file) => ({
        ...file,
        urls: MIRRORS.map((mirror) => mirror + file.name),
      })),
    },
  ],
  wanted: wantedIdxFiles,
  locate: locateIdxFiles,
  read: readIdxFiles,
}
