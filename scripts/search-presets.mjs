// Looks for a structured-data preset at which standard and adversarial training can be told apart by measurement.
// Every result is one JSON line, written as it comes; the same command started again goes on.
// First one seed for every preset, then three for the better half, then `--seeds` for the best `--finalists`.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { measurePreset } from './preset-search/measure-preset.mjs'
import { summarize, table } from './preset-search/scores.mjs'
import { presetsToTry } from './preset-search/space.mjs'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/preset-search.jsonl' },
    presets: { type: 'string', default: '20' },
    finalists: { type: 'string', default: '3' },
    seeds: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1' },
    map: { type: 'string' },
  },
})
const deadline = performance.now() + 60_000 * Number(values.minutes)
const presets = presetsToTry(Number(values.presets), 1)
const results = new Map()
const keyOf = ({ preset, seed, training }) => JSON.stringify([preset, seed, training])

mkdirSync(dirname(values.out), { recursive: true })
if (existsSync(values.out)) {
  for (const line of readFileSync(values.out, 'utf8').split('\n')) {
    const result = parsed(line)
    if (result !== undefined) results.set(keyOf(result), result)
  }
}

function parsed(line) {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // empty, or cut off by an interruption: measured again
  }
}

async function measured(preset, seed, training) {
  const key = keyOf({ preset, seed, training })
  const known = results.get(key)
  if (known !== undefined) return known
  if (performance.now() > deadline) return undefined
  const result = {
    preset,
    seed,
    training,
    ...(await measurePreset(preset, seed, training, Number(values.threads))),
  }
  results.set(key, result)
  appendFileSync(values.out, `${JSON.stringify(result)}\n`)
  console.log(training, seed, JSON.stringify(preset), result.dominance, result.robustAccuracy)
  return result
}

async function measureSeeds(list, seeds) {
  for (const preset of list) {
    for (let seed = 1; seed <= seeds; seed++) {
      const plain = await measured(preset, seed, 'standard')
      // Where the first theorem fails the second, six times dearer, decides nothing.
      if (plain === undefined || plain.diverged || plain.dominance < 1) continue
      await measured(preset, seed, 'adversarial')
    }
  }
  return ranking()
}

function ranking() {
  const all = [...results.values()]
  return presets
    .map((preset) => {
      const same = JSON.stringify(preset)
      return summarize(
        preset,
        all.filter((result) => JSON.stringify(result.preset) === same),
      )
    })
    .toSorted((a, b) => b.score - a.score || b.headroom - a.headroom)
}

const first = await measureSeeds(presets, 1)
const second = await measureSeeds(first.slice(0, Math.ceil(presets.length / 4)).map(presetOf), 3)
const last = await measureSeeds(second.slice(0, Number(values.finalists)).map(presetOf), Number(values.seeds))

function presetOf({ preset }) {
  return preset
}

// The presets with the most seeds first: what they say is the surest.
const found = last.filter(({ seeds }) => seeds > 0).toSorted((a, b) => b.seeds - a.seeds)
console.log(table(found))
if (values.map !== undefined) {
  const page = readFileSync(values.map, 'utf8')
  writeFileSync(
    values.map,
    page.replace(/\| differs[\s\S]*\|\n/, () => `${table(found)}\n`),
  )
}
