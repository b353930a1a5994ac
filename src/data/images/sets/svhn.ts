import { join } from 'node:path'
import { readRegularFile } from '../../read-file.js'
import { parseSvhn } from '../formats/svhn.js'
import { type DataSet, DIGIT_NAMES, firstExisting, type RemoteFile, type Split } from './data-set.js'

const OFFICIAL = 'http://ufldl.stanford.edu/housenumbers/'
const MAXIMUM_BYTES = 2 ** 31 - 1

const FILES: Readonly<Record<Split, Omit<RemoteFile, 'urls'>>> = {
  train: {
    name: 'train_32x32.mat',
    bytes: 182040794,
    sha256: '435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8',
  },
  test: {
    name: 'test_32x32.mat',
    bytes: 64275384,
    sha256: 'cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b',
  },
  extra: {
    name: 'extra_32x32.mat',
    bytes: 1329278602,
    sha256: 'a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3',
  },
}

/** Street View House Numbers, cropped digits (Netzer et al., 2011). */
export const svhn: DataSet = {
  name: 'svhn',
  title: 'Street View House Numbers, cropped digits',
  homepage: OFFICIAL,
  licence: 'non-commercial use only',
  height: 32,
  width: 32,
  channels: 3,
  classNames: DIGIT_NAMES,
  splits: {
    train: { count: 73257, files: [FILES.train.sha256] },
    test: { count: 26032, files: [FILES.test.sha256] },
    extra: { count: 531131, files: [FILES.extra.sha256] },
  },
  sources: (splits) => [
    {
      kind: 'files',
      remotes: splits.map((split) => ({ ...FILES[split], urls: [OFFICIAL + FILES[split].name] })),
    },
  ],
  wanted: (split) => FILES[split].name,
  async locate(directory, split) {
    const path = await firstExisting([join(directory, FILES[split].name)])
    return path === undefined ? undefined : [path]
  },
  async read([path = '']) {
    return parseSvhn(await readRegularFile(path, MAXIMUM_BYTES), path)
  },
}
