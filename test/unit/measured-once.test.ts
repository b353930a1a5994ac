import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { measuredOnce } from '../../src/experiments/measured-once.js'
import { standardTraining } from '../../src/experiments/standard-training.js'
import { contextFor } from '../helpers/experiments.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const value = {
  accuracy: 0.1,
  margin: Float64Array.of(1e-300, Number.NaN, Number.NEGATIVE_INFINITY),
  robust: Uint8Array.of(0, 1),
  worst: Int32Array.of(-1),
  perturbations: Float32Array.of(0.1),
  list: [{ name: 'a', best: Number.POSITIVE_INFINITY }],
}

it('gives back what was measured, and measures once', async () => {
  const context = { directory: temporaryFolder() }
  const first = await measuredOnce(context, 'deep/down', async () => value)
  expect(first).toEqual({ value, before: false })
  const again = await measuredOnce(context, 'deep/down', () => Promise.reject(new Error('measured again')))
  expect(again).toEqual({ value, before: true })
})

it('measures anew what cannot be read', async () => {
  const context = { directory: temporaryFolder() }
  await measuredOnce(context, 'cut', async () => value)
  truncateSync(join(context.directory, 'cut.json'), 20)
  expect((await measuredOnce(context, 'cut', async () => 7)).value).toBe(7)
  writeFileSync(join(context.directory, 'cut.json'), '')
  expect((await measuredOnce(context, 'cut', async () => 8)).value).toBe(8)
})

it('lets an interrupted experiment take up behind its last measurement, to the same records', async () => {
  const preset = standardTraining.presets.smoke
  const whole = await standardTraining.run(contextFor(preset, [1, 2]))
  const context = contextFor(preset, [1, 2])
  const stop = new AbortController()
  const interrupted = {
    ...context,
    signal: stop.signal,
    report: (_: number, activity: string) => {
      if (activity.startsWith('seed 2')) stop.abort()
    },
  }
  await expect(standardTraining.run(interrupted)).rejects.toMatchObject({ code: 'ABORTED' })
  const kept = (name: string) => join(context.directory, 'seed-1', 'standard', name)
  expect(existsSync(kept('robustness.json')) && existsSync(kept('curve.json'))).toBe(true)
  rmSync(kept('curve.json'))
  const notes: string[] = []
  const resumed = await standardTraining.run({ ...context, note: (note) => notes.push(note) })
  expect(resumed).toEqual(whole)
  expect(notes).toContain('seed-1/standard: already trained and attacked.')
})
