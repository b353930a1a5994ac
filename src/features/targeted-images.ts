import { pgd } from '../attacks/gradient-ascent.js'
import { imageAttack } from '../attacks/image-attack.js'
import { ImageData } from '../data/image-data.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { nativeAddon } from '../native/addon.js'
import type { NativeGradientAttack } from '../native/contract.js'
import { type ExecutionOptions, execute } from '../native/execution.js'
import { layeredAddon } from '../native/layered-addon.js'
import { stepSizeOf } from './construction.js'
import type { TargetedOptions } from './feature-options.js'
import { consecutive, type FeaturePart, toBytes, toNumbers } from './image-parts.js'

/** The class that every image is moved to: t uniform over all classes, or y + 1 mod k. */
export function targetLabels(
  { labels, classes }: ImageDataset,
  { kind, seed }: Pick<TargetedOptions, 'kind' | 'seed'>,
): Uint8Array {
  if (kind === 'targeted-next') return labels.map((label) => (label + 1) % classes)
  const { uniform } = nativeAddon().random
  return labels.map((_, image) => Math.floor(classes * (uniform(seed, 'features/target', image, 1)[0] ?? 0)))
}

/** Moves the images of a data set, within the ball, to where the network has them in the class of their label. */
export function targetedImages(
  network: LayeredNetwork,
  labelled: ImageDataset,
  options: TargetedOptions,
): (first: number, count: number, execution: ExecutionOptions) => Promise<FeaturePart> {
  const { norm, radius, steps } = options
  const attack = imageAttack(pgd({ norm, radius, steps, stepSize: stepSizeOf(options) }))
  return async (first, count, execution) => {
    const part = consecutive(labelled, first, count)
    const originals = ImageData.fromImages(part)
    const before = await network.evaluate(originals, execution)
    const { loss, perturbations } = await execute(
      execution,
      (native) =>
        layeredAddon().attack(network.native, originals.native, [attack.native as NativeGradientAttack], {
          ...native,
          seed: 0,
          round: 0,
          keepPerturbations: true,
          stopWhenFooled: false,
          towardLabels: true,
        }),
      layeredAddon(),
    )
    const [perturbation = new Float32Array(part.images.length)] = perturbations ?? []
    const images = toBytes(toNumbers(part.images).map((x, i) => x + (perturbation[i] as number)))
    const after = await network.evaluate(ImageData.fromImages({ ...part, images }), execution)
    return {
      images,
      initialLoss: before.loss,
      loss: after.loss,
      notFinite: Uint8Array.from(loss, (value) => (Number.isFinite(value) ? 0 : 1)),
    }
  }
}
