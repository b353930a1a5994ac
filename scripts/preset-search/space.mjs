// What the search varies, and the presets it tries.

/** The start: each field the search may change, at the value of the structured-data presets. */
export const start = {
  nonRobustPatches: 500,
  strengthRatio: 6,
  radius: 0.75,
  threshold: 4,
  filtersPerClass: 8,
  initialScale: 0.1,
  learningRate: 0.3,
  iterations: 1500,
  samples: 40,
  selection: 'shared',
  splits: 5,
}

// [low, high], spaced in ratios; β is 1, so radius is ε/β and strengthRatio is α/β.
const ranges = {
  nonRobustPatches: [300, 750],
  strengthRatio: [5, 9],
  radius: [0.7, 0.9],
  threshold: [2, 6],
  filtersPerClass: [6, 12],
  initialScale: [0.06, 0.16],
  learningRate: [0.2, 0.5],
  iterations: [1000, 2500],
  samples: [30, 50],
}
const integers = new Set(['nonRobustPatches', 'filtersPerClass', 'iterations', 'samples'])

// One field at a time away from the start, so that the map says what each does.
const steps = [
  {},
  { radius: 0.85 },
  { iterations: 3000 },
  { selection: 'perPatch' },
  { nonRobustPatches: 400 },
  { nonRobustPatches: 650 },
  { threshold: 2.5 },
  { threshold: 6 },
  { strengthRatio: 8 },
  { strengthRatio: 5 },
  { initialScale: 0.06 },
  { initialScale: 0.15 },
  { learningRate: 0.15 },
  { learningRate: 0.5 },
  { filtersPerClass: 12 },
  { filtersPerClass: 5 },
  { samples: 80 },
  { radius: 0.85, nonRobustPatches: 650 },
]

// What helped alone, together.
const combinations = [
  { learningRate: 0.5, initialScale: 0.07 },
  { threshold: 6, initialScale: 0.06 },
  { threshold: 6, initialScale: 0.08 },
  { threshold: 6, nonRobustPatches: 400 },
  { threshold: 6, selection: 'perPatch' },
  { threshold: 6, learningRate: 0.15 },
  { nonRobustPatches: 400, initialScale: 0.06 },
  { nonRobustPatches: 400, strengthRatio: 5, threshold: 5, radius: 0.72 },
  { nonRobustPatches: 400, threshold: 6, initialScale: 0.08, strengthRatio: 5.5 },
]

/** The start, its neighbours, combinations and a Latin hypercube of `count` presets: in each field every n-th part is met once. */
export function presetsToTry(count, seed) {
  const random = mulberry32(seed)
  const columns = Object.entries(ranges).map(([name, range]) => [name, stratified(range, count, random)])
  const hypercube = Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, shown(name, values[row])])),
  )
  return [...steps, ...combinations, ...hypercube].map((changes) => ({ ...start, ...changes }))
}

function stratified([low, high], count, random) {
  const values = Array.from({ length: count }, (_, i) => low * (high / low) ** ((i + random()) / count))
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const value = values[last]
    values[last] = values[other]
    values[other] = value
  }
  return values
}

function shown(name, value) {
  return integers.has(name) ? Math.round(value) : Number(value.toPrecision(3))
}

// A 32-bit generator is enough to choose presets; the data come from the library's own.
function mulberry32(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
