import type { Step } from './cases.js'

/** A mini-batch of N images of height × width × channels. */
export interface ImageShape {
  readonly name: string
  readonly samples: number
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly classes: number
}

/** A training step of a layered network: PGD on images in [0, 1] if any, then SGD on the whole mini-batch. */
export interface ImageCase {
  readonly name: string
  readonly network: 'resnet8'
  readonly shape: ImageShape
  readonly step: Step
  /** Of the input, by channel. */
  readonly normalization: { readonly mean: readonly number[]; readonly deviation: readonly number[] }
  readonly learningRate: number
  readonly momentum: number
  readonly weightDecay: number
  /** ℓ∞, of the whole image; without a random start, so that all contenders can agree. */
  readonly radius: number
  readonly stepSize: number
}

export const imageSteps: readonly Step[] = [
  { name: 'cnn-standard-step', updates: true },
  { name: 'cnn-pgd-step', updates: true, attack: { steps: 7, norm: 'linf' } },
]

/** The shape of CIFAR-10. */
export const imageShape: ImageShape = {
  name: 'resnet8',
  samples: 128,
  height: 32,
  width: 32,
  channels: 3,
  classes: 10,
}

export const imageCases: readonly ImageCase[] = imageSteps.map((step) => ({
  name: step.name,
  network: 'resnet8',
  shape: imageShape,
  step,
  normalization: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.247, 0.2435, 0.2616] },
  learningRate: 0.05,
  momentum: 0.9,
  weightDecay: 5e-4,
  radius: 8 / 255,
  stepSize: 2 / 255,
}))
