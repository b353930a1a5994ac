import { extname, resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { LayeredNetwork } from '../model/layered-network.js'
import { saveOnnx } from '../model/onnx/save-onnx.js'
import { RobustFeaturesError } from '../native/errors.js'
import { parseCommandOptions } from './options.js'

const WRITERS: Readonly<Record<string, (network: LayeredNetwork, path: string) => Promise<void>>> = {
  '.onnx': saveOnnx,
  '.npz': (network, path) => network.save(path),
  '.safetensors': (network, path) => network.save(path),
}

const optionsShape = { out: z.string(), json: z.boolean().default(false) }

export function exportCommand(): Command {
  return new Command('export')
    .description('Write a layered network for other programs: as ONNX, or its tensors by name.')
    .argument('<model>', 'file of the network, such as weights.safetensors in a run folder of `train`')
    .requiredOption(
      '--out <file>',
      `where it goes; its ending is the format: ${Object.keys(WRITERS).join(', ')}`,
    )
    .option('--json', 'print the path as JSON')
    .addHelpText('after', '\nExample:\n  robust-features export weights.safetensors --out network.onnx')
    .action(exportNetwork)
}

async function exportNetwork(model: string, given: Record<string, unknown>): Promise<void> {
  const { out, json } = parseCommandOptions(optionsShape, given)
  const write = WRITERS[extname(out).toLowerCase()]
  if (write === undefined) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`--out\` to end in ${Object.keys(WRITERS).join(' or ')}, got '${out}'.`,
    )
  }
  const path = resolve(out)
  await write(await LayeredNetwork.load(model), path)
  process.stdout.write(json ? `${JSON.stringify({ file: path }, null, 2)}\n` : `${path}\n`)
}
