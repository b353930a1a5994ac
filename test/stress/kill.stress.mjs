// kill -9 at moments spread over trainings, a sweep and an extraction of features: no work is lost.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Random } from '../helpers/random.mjs'
import { kinds } from './support/cases.mjs'
import { killedKinds } from './support/killed-kinds.mjs'
import { killRuns, spreadMoments } from './support/killed-runs.mjs'

export const name = 'kill'

/** How often trainings keep a checkpoint; parts of constructed images take about as long. */
const KEPT_EVERY_SECONDS = 2
/** By a calibration that may be wrong by half; a run that ends before it keeps anything has nothing to lose. */
const RUN_SECONDS = { short: 4 * KEPT_EVERY_SECONDS, long: 8 * KEPT_EVERY_SECONDS }
const MOST_SECONDS_LOST = { short: KEPT_EVERY_SECONDS + 1, long: 5 }

export async function run({ short, report }) {
  const folder = mkdtempSync(join(tmpdir(), 'robust-features-kill-'))
  const folderFor = (name) => {
    mkdirSync(join(folder, name))
    return join(folder, name)
  }
  const form = short ? 'short' : 'long'
  const count = short ? 2 : 20
  const layered = kinds(report).length > 1
  const rows = []
  try {
    let seed = 1
    for (const group of await killedKinds(RUN_SECONDS[form], folderFor, layered)) {
      const outcomes = await Promise.all(
        group.map(async (kind) => {
          const spread = spreadMoments(count, new Random(seed++))
          // The few of the short form come soon after there is something to go on from.
          const moments = short ? spread.map((moment) => 0.3 * moment) : spread
          const options = { folder: folderFor(`${kind.name}, killed`), afterKept: short }
          const outcome = await killRuns(kind, moments, options)
          report(`${kind.name}: ${outcome.differences.length} runs of ${outcome.wholeSeconds.toFixed(1)} s`)
          return { kind, ...outcome }
        }),
      )
      rows.push(...outcomes.flatMap((outcome) => rowsOf(outcome, MOST_SECONDS_LOST[form])))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return rows
}

function rowsOf({ kind, kills, differences }, mostSecondsLost) {
  const lost = Math.max(...kills.map(({ lostSeconds }) => lostSeconds))
  const known = kills.filter(({ resumed }) => resumed !== undefined)
  const resumed = known.filter(({ resumed }) => resumed).length
  const wrong = differences.filter((text) => text !== '')
  const what = `${kind.name}, ${kills.length} × kill -9`
  return [
    {
      check: `${what}: most work lost`,
      measured: `${lost.toFixed(1)} s`,
      limit: `≤ ${mostSecondsLost} s`,
      passed: lost <= mostSecondsLost,
    },
    {
      check: `${what}: resumed from where it had come to, > 0`,
      measured: `${resumed} of ${known.length}; ${kills.length - known.length} too early to tell`,
      limit: 'all, at least 1',
      passed: resumed === known.length && resumed > 0,
    },
    {
      check: `${what}: records and weights as uninterrupted`,
      measured: `${differences.length - wrong.length} of ${differences.length}${wrong.length > 0 ? `; ${wrong[0]}` : ''}`,
      limit: 'all',
      passed: wrong.length === 0,
    },
  ]
}
