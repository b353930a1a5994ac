import { cifar10 } from './cifar10.js'
import type { DataSet } from './data-set.js'
import { fashionMnist } from './fashion-mnist.js'
import { mnist } from './mnist.js'
import { svhn } from './svhn.js'

/** The data sets that `loadImages` reads. */
export type DataSetName = 'mnist' | 'fashion-mnist' | 'cifar10' | 'svhn'
export const DATA_SET_NAMES = [
  'mnist',
  'fashion-mnist',
  'cifar10',
  'svhn',
] as const satisfies readonly DataSetName[]

/** Every data set that can be fetched and loaded. */
export const dataSets: Readonly<Record<DataSetName, DataSet>> = {
  mnist,
  'fashion-mnist': fashionMnist,
  cifar10,
  svhn,
}

/** Of the public data set of a name; none where there is no such. */
export function classNamesOf(name: string): readonly string[] {
  return Object.values(dataSets).find((dataSet) => dataSet.name === name)?.classNames ?? []
}
