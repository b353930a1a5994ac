// Calls every function of an addon with arguments that are right or nearly so and prints how the calls ended, function
// by function. What they throw must be the package's error, in one sentence. Arguments: addon, which of the two it is,
// seed, number of calls, and a file that always holds the number and name of the call in progress.
import { openSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { refusalCode } from '../../fuzz/refusal.mjs'
import { coreFunctions } from '../fuzz/core.mjs'
import { Draw } from '../fuzz/draw.mjs'
import { layeredFunctions } from '../fuzz/layered.mjs'
import { membersOf, saidByV8 } from '../fuzz/methods.mjs'
import { spoil } from '../fuzz/spoil.mjs'
import { Thrown } from '../fuzz/values.mjs'
import { loadAddon, RobustFeaturesError } from './load.mjs'

const [path, which, seed, count, lastCallFile] = process.argv.slice(2)
const addon = loadAddon(path)
const tables = { core: coreFunctions, layered: layeredFunctions }
const { functions, ...context } = tables[which](addon, RobustFeaturesError)
const names = functions.map(({ name }) => name)
const forgotten = membersOf(addon).filter((name) => !names.includes(name))
if (forgotten.length > 0) throw new Error(`Nothing calls ${forgotten.join(', ')}.`)
const lastCall = lastCallFile ? openSync(lastCallFile, 'w') : undefined
const TOGETHER = 4

/** @type {Record<string, { accepted: number, refused: number }>} what passed the checks, and what they held up */
const endings = Object.fromEntries(names.map((name) => [name, { accepted: 0, refused: 0 }]))
let calls = 0

/** Whether a call was refused for its arguments; undefined for what nothing may throw. */
function isRefusal(error) {
  const code = refusalCode(error)
  // The engine met a state it should not be in.
  if (code === 'NATIVE_FAILURE') return undefined
  if (code !== undefined) return code === 'INVALID_ARGUMENT'
  const others = error instanceof Thrown || (error instanceof TypeError && saidByV8.test(error.message))
  return others || undefined
}

/** One call; resolves to whether it passed the checks. */
async function callOne(draw) {
  const { name, make, call, otherCalls } = draw.weighted(functions.map((one) => [one.weight, one]))
  const given = make(draw)
  const spoilt = draw.weighted([
    [3, 0],
    [5, 1],
    [2, 2],
  ])
  for (let i = 0; i < spoilt; i++) spoil(draw, given, context)
  const invoke = otherCalls && draw.happens(0.1) ? draw.pick(otherCalls) : call
  const number = ++calls
  if (lastCall !== undefined) writeSync(lastCall, `${number} ${name}`.padEnd(60), 0)
  let accepted = true
  try {
    await invoke(...given)
  } catch (error) {
    const refused = isRefusal(error)
    if (refused === undefined) {
      throw new Error(`call ${number}: ${name}(${inspect(given, { depth: 5 })})`, { cause: error })
    }
    accepted = !refused
  }
  endings[name][accepted ? 'accepted' : 'refused']++
}

await fc.assert(
  fc.asyncProperty(fc.gen(), async (generate) => {
    const draw = new Draw(generate)
    await Promise.all(Array.from({ length: TOGETHER }, () => callOne(draw)))
    // Finalizers of what was collected run between turns of the event loop.
    if (calls % 256 === 0) await setImmediate()
  }),
  { seed: Number(seed), numRuns: Math.ceil(Number(count) / TOGETHER), endOnFailure: true },
)
console.log(JSON.stringify(endings))
