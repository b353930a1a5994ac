import type { Scale } from './experiment.js'
import { reducedPresets } from './reduced-presets.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import type { TransferTarget } from './transferability-matrix.js'

/** What the verdicts ask for at ε; our choice. */
export interface TransferCriteria {
  /** Least clean accuracy of the targets: of a few samples that are right by chance a share says little. */
  readonly clean: Readonly<Record<TransferTarget, number>>
  /** Least success on standard networks of what they should fall for. */
  readonly fooled: number
  /** Least difference of the success of two sources on standard networks. */
  readonly difference: number
  /** Largest success on adversarially trained networks. */
  readonly withstood: number
}

/** Of one kind of data. */
export interface TransferSettings {
  /** At which examples are made, as shares of ε; 1 among them. */
  readonly radiusShares: readonly number[]
  readonly criteria: TransferCriteria
}

export interface TransferabilityPreset {
  readonly structured: StructuredDataPreset & TransferSettings
}

const structured: TransferSettings = {
  radiusShares: [0.25, 0.5, 0.75, 1, 1.1, 1.25, 1.5, 2],
  criteria: {
    clean: { standard: 0.99, adversarial: 0.99 },
    fooled: 0.5,
    difference: 0.25,
    withstood: 0.05,
  },
}

export const transferabilityPresets: Readonly<Record<Scale, TransferabilityPreset>> = {
  smoke: { structured: { ...reducedPresets.smoke, ...structured, radiusShares: [0.5, 1] } },
  quick: { structured: { ...reducedPresets.quick, ...structured } },
  full: { structured: { ...reducedPresets.full, ...structured } },
}
