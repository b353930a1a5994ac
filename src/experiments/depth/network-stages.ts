import type { Layer } from '../../model/layers.js'

/** A place in a network after which a probe is fitted. */
export interface Stage {
  readonly name: string
  /** Its name in `network.operations`. */
  readonly layer: string
}

/**
 * Where the stages of a network end: at every pooling layer, at every residual block and hidden dense layer with the ReLU
 * after it, and at the ReLU before the first block, its stem.
 */
export function networkStages(layers: readonly Layer[]): Stage[] {
  const stages: Stage[] = []
  const counts = { pooling: 0, block: 0, dense: 0 }
  const add = (kind: keyof typeof counts, place: number) => {
    counts[kind]++
    const end = layers[place + 1]?.kind === 'activation' ? place + 1 : place
    stages.push({ name: `${kind} ${counts[kind]}`, layer: String(end) })
  }
  for (const [place, { kind }] of layers.slice(0, -1).entries()) {
    if (kind === 'residual') {
      const stem = layers[place - 1]?.kind === 'activation' && counts.block === 0
      if (stem) stages.push({ name: 'stem', layer: String(place - 1) })
      add('block', place)
    } else if (kind === 'dense') {
      add('dense', place)
    } else if (kind.endsWith('ooling')) {
      add('pooling', place)
    }
  }
  return stages
}
