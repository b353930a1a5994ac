import { join } from 'node:path'
import { beforeAll } from 'vitest'
import { LayeredNetwork, smallCnn } from '../../src/index.js'
import { folderForCommands } from './command-line.js'

/** Few images and steps, and no progress. */
export const few = ['--images', '20', '--steps', '5', '--quiet']

/** A folder with a network of MNIST that is not trained, and commands on it that write to the folder. */
export function featuresCommands() {
  const folder = folderForCommands()
  const model = join(folder, 'model.safetensors')
  beforeAll(() => saveNetwork(model, 1))
  const features = (out: string, kind: string, ...more: string[]) => [
    'features',
    model,
    '--data',
    'mnist',
    '--kind',
    kind,
    '--out',
    join(folder, out),
    ...more,
  ]
  return { folder, model, features }
}

export function saveNetwork(path: string, seed: number): Promise<void> {
  const input = { height: 28, width: 28, channels: 1 }
  return LayeredNetwork.initialize({ input, layers: smallCnn({ classes: 10 }), seed }).save(path)
}
