import { resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { imageAttackSuite } from '../attacks/attack-suite.js'
import { requireWritable } from '../data/atomic-file.js'
import { ImageData } from '../data/image-data.js'
import { SPLITS } from '../data/images/sets/data-set.js'
import { endsLikeTensors } from '../data/tensor-file.js'
import { LayeredNetwork } from '../model/layered-network.js'
import { threadsOrDefault } from '../native/threads.js'
import { nonNegativeNumber, positiveInteger } from '../native/validation.js'
import {
  imageSourceHelp,
  imageSourceOption,
  imagesOf,
  imagesShape,
  PUBLIC_DATA_NAMES,
} from './data/images.js'
import { dataDirectoryFlag } from './data/options.js'
import { saveExamples } from './evaluate-examples.js'
import { evaluationOf, evaluationText } from './evaluate-summary.js'
import { interruptible } from './interruption.js'
import {
  fractionOption,
  namedAsTyped,
  numberOption,
  parseCommandOptions,
  seedOption,
  threadsOption,
} from './options.js'

const optionsShape = {
  data: imageSourceOption,
  ...imagesShape,
  radius: fractionOption(nonNegativeNumber),
  norm: z.enum(['linf', 'l2']).default('linf'),
  steps: numberOption(positiveInteger(1e6)).default(50),
  restarts: numberOption(positiveInteger(100000)).default(2),
  seed: seedOption,
  threads: threadsOption,
  saveExamples: z
    .string()
    .refine(endsLikeTensors, { error: 'a file that ends in .npz or .safetensors' })
    .optional(),
  json: z.boolean().default(false),
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Attack a layered network on images: clean and robust accuracy, with 95 % intervals.')
    .argument('<model>', 'file of the network, such as weights.safetensors in a run folder of `train`')
    .requiredOption('--data <set>', imageSourceHelp)
    .requiredOption('--radius <number>', 'ε, for images in [0, 1]; a fraction such as 8/255 will do')
    .option('--norm <norm>', 'linf or l2 (default: linf)')
    .option('--split <split>', `of a public data set: ${SPLITS.join(' or ')} (default: test)`)
    .option('--images <n>', 'the first n images (default: all)')
    .option('--steps <n>', 'steps of each attack (default: 50)')
    .option('--restarts <n>', 'starts of each attack, the worst per image counts (default: 2)')
    .option('--seed <n>', 'of random starts (default: 0)')
    .option('--threads <n>', 'native threads; results do not depend on it (default: all processors)')
    .option(...dataDirectoryFlag)
    .option('--no-verify', 'take other images than the official ones, too')
    .option('--save-examples <file>', 'write the worst images found, as .npz or .safetensors')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  robust-features evaluate weights.safetensors --data mnist --radius 0.3
  robust-features evaluate weights.safetensors --data cifar10 --radius 8/255 --images 1000
  robust-features evaluate weights.safetensors --data cifar10 --norm l2 --radius 0.5 --save-examples worst.npz`,
    )
    .action(namedAsTyped(evaluate, optionsShape, PUBLIC_DATA_NAMES))
}

async function evaluate(model: string, given: Record<string, unknown>): Promise<void> {
  const options = parseCommandOptions(optionsShape, given)
  const { norm, radius, steps, restarts, seed = 0, saveExamples: path } = options
  const network = await LayeredNetwork.load(model)
  const images = await imagesOf(options, 'test')
  const data = ImageData.fromImages(images)
  network.requireData(data)
  // Before the attack, for its images are not to be lost to a path that was wrong all along.
  if (path !== undefined) await requireWritable(resolve(path))
  if (process.stderr.isTTY)
    process.stderr.write(
      `Attacking ${data.samples} images, ${restarts} × ${steps} steps for each of two losses …\n`,
    )
  const attacked = (signal: AbortSignal) =>
    evaluateRobustness(network, data, {
      attacks: imageAttackSuite({ norm, radius, steps, restarts }),
      stopWhenFooled: true,
      keepPerturbations: path !== undefined,
      seed,
      threads: threadsOrDefault(options.threads),
      signal,
    })
  const robustness = await interruptible(attacked, 'Nothing is kept: the same command begins anew.')
  const evaluation = evaluationOf(model, images, robustness)
  process.stdout.write(options.json ? `${JSON.stringify(evaluation, null, 2)}\n` : evaluationText(evaluation))
  // After the figures, which a file that cannot be written is not to cost.
  if (path !== undefined) await saveExamples(resolve(path), data, robustness)
}
