/** The seeds to train: of a lone one also the one beside it, to make examples with. */
export function withSource(seeds: readonly number[]): readonly number[] {
  const [first = 0, ...others] = seeds
  return others.length > 0 ? seeds : [first, first === 0 ? 1 : first - 1]
}

/** What comes after a place, the first after the last; undefined where that is the same. */
export function nextOf<Value>(values: readonly Value[], position: number): Value | undefined {
  return values.length < 2 ? undefined : values[(position + 1) % values.length]
}
