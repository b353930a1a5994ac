import type { Robustness } from '../analysis/evaluate-robustness.js'
import type { RobustnessFlag } from '../analysis/robustness-flags.js'
import { type Measurement, wilsonInterval } from '../analysis/statistics.js'
import type { ThreatModel } from '../attacks/attack.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { inlineText } from '../native/describe.js'
import { flagLine } from './flag-lines.js'

/** What `evaluate` prints. */
export interface Evaluation {
  readonly model: string
  /** Without split and whether they are the official images, for images of a file. */
  readonly data: { readonly set: string; readonly split?: string; readonly official?: boolean }
  readonly threat: ThreatModel
  readonly cleanAccuracy: Measurement
  readonly robustAccuracy: Measurement
  /** Share that still stands after each attack and those before it. */
  readonly attacks: readonly { readonly name: string; readonly standing: number }[]
  readonly flags: readonly RobustnessFlag[]
}

/** Accuracies with Wilson's 95 % intervals over the images. */
export function evaluationOf(
  model: string,
  { name, provenance }: ImageDataset,
  { threat, samples, cleanAccuracy, robustAccuracy, outcomes, flags }: Robustness,
): Evaluation {
  const share = (value: number): Measurement => ({
    value,
    ci95: wilsonInterval(Math.round(value * samples), samples),
    n: samples,
  })
  return {
    model,
    data: {
      set: name,
      ...(provenance !== undefined && { split: provenance.split, official: provenance.official }),
    },
    threat,
    cleanAccuracy: share(cleanAccuracy),
    robustAccuracy: share(robustAccuracy),
    attacks: outcomes.map(({ name, accuracy }) => ({ name, standing: accuracy })),
    flags,
  }
}

export function evaluationText({
  model,
  data,
  threat,
  cleanAccuracy,
  robustAccuracy,
  attacks,
  flags,
}: Evaluation): string {
  const unofficial = data.official === false ? ', not the official ones' : ''
  const split = data.split === undefined ? '' : `${data.split} `
  const lines = [
    `${model} on ${cleanAccuracy.n} ${split}images of ${inlineText(data.set)}${unofficial}`,
    `clean accuracy   ${described(cleanAccuracy)}`,
    ...attacks.map(({ name, standing }) => `after ${name}: ${standing.toFixed(4)}`),
    `robust accuracy  ${described(robustAccuracy)} at ${threat.norm} ${Number(threat.radius.toPrecision(4))}`,
    ...flags.map(flagLine),
  ]
  return `${lines.join('\n')}\n`
}

function described({ value, ci95 }: Measurement): string {
  return `${value.toFixed(4)} (95 % interval ${ci95?.lower.toFixed(4)} … ${ci95?.upper.toFixed(4)})`
}
