import leven from 'leven'

/** The name that was probably meant: where at most two in five of its letters differ. */
export function nearest(unknown: string, names: readonly string[]): string | undefined {
  const lower = unknown.toLowerCase().slice(0, 100)
  const [best] = names
    .map((name) => ({ name, distance: leven(lower, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= Math.ceil(best.name.length * 0.4) ? best.name : undefined
}
