// @ts-check
// A run is stopped in the middle and started again. It goes on from its checkpoint and ends with the same bits as a
// run that nobody stopped, on another number of threads.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  adversarial,
  PatchDistribution,
  PatchNetwork,
  pgd,
  RobustFeaturesError,
  smoothedRelu,
  train,
} from 'robust-features'

const distribution = new PatchDistribution({
  classes: 3,
  dimension: 32,
  robustPatches: 1,
  nonRobustPatches: 20,
  robustStrength: 2,
  nonRobustStrength: 0.5,
  noise: 0.02,
  seed: 7,
})
const data = await distribution.sample(120)
const initial = PatchNetwork.initialize({
  classes: 3,
  dimension: 32,
  filtersPerClass: 5,
  activation: smoothedRelu(),
  initialScale: 0.05,
  seed: 7,
})
const plan = {
  objective: adversarial(pgd({ radius: 0.2, steps: 5, randomStart: true })),
  learningRate: 0.5,
  iterations: 600,
  batchSize: 40,
  momentum: 0.5,
  record: { every: 50 },
  seed: 7,
}

const directory = await mkdtemp(join(tmpdir(), 'abort-and-resume-'))
try {
  const controller = new AbortController()
  const first = train(initial, data, {
    ...plan,
    checkpoint: { directory },
    signal: controller.signal,
    threads: 2,
  })
  try {
    for await (const { iteration } of first) if (iteration >= 100) controller.abort()
  } catch (error) {
    if (!(error instanceof RobustFeaturesError) || error.code !== 'ABORTED') throw error
    console.log(`stopped: ${error.message}`)
  }

  const second = train(initial, data, { ...plan, checkpoint: { directory }, threads: 1 })
  const { resumedAt } = await second.started
  console.log(`resumed at iteration ${resumedAt} of ${second.iterations}`)
  const resumed = await second.finished
  console.log(`${resumed.history.length} records, the ones before the interruption included`)

  const whole = await train(initial, data, { ...plan, threads: 3 }).finished
  console.log(`resumed:       ${hash(resumed.network)}`)
  console.log(`uninterrupted: ${hash(whole.network)}`)
  if (hash(resumed.network) !== hash(whole.network)) process.exitCode = 1
} finally {
  await rm(directory, { recursive: true })
}

/** @param {PatchNetwork} network */
function hash({ weights }) {
  return createHash('sha256').update(weights).digest('hex')
}
