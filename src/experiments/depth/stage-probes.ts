import { fitLinearProbe, probeAccuracy } from '../../analysis/linear-probe.js'
import type { ImageData } from '../../data/image-data.js'
import type { LayeredNetwork } from '../../model/layered-network.js'
import type { ExecutionOptions } from '../../native/execution.js'
import type { Stage } from './network-stages.js'
import { type PerturbedImages, stageValues } from './stage-values.js'

/** Test images on which every stage is judged. */
export const JUDGED = ['clean', 'attacked', 'robust', 'nonRobust'] as const
export type Judged = (typeof JUDGED)[number]

/** Accuracy of one stage's probe on each kind of test images. */
export type StageAccuracy = Readonly<Record<Judged, number>>

/** Fits a linear probe to what each stage makes of training images, and judges it on test images of each kind. */
export async function probedStages(
  network: LayeredNetwork,
  stages: readonly Stage[],
  images: { readonly fit: ImageData; readonly judged: Readonly<Record<Judged, PerturbedImages>> },
  { ridge, ...execution }: ExecutionOptions & { readonly ridge: number },
): Promise<StageAccuracy[]> {
  const accuracies: StageAccuracy[] = []
  for (const { layer } of stages) {
    const fit = await stageValues(network, layer, { data: images.fit }, execution)
    const probe = fitLinearProbe(fit, { classes: network.classes, ridge })
    const judge = async (kind: Judged) =>
      probeAccuracy(probe, await stageValues(network, layer, images.judged[kind], execution))
    accuracies.push({
      clean: await judge('clean'),
      attacked: await judge('attacked'),
      robust: await judge('robust'),
      nonRobust: await judge('nonRobust'),
    })
  }
  return accuracies
}
