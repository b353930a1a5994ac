import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type CommandEnding,
  folderForCommands,
  linesOf,
  run,
  start,
  waitFor,
} from '../helpers/command-line.js'

const folder = folderForCommands()

// About eight seconds on one thread, fewer on a fast machine: checkpoints come every two.
const ITERATIONS = 4000
const config = join(folder, 'config.yaml')
writeFileSync(
  config,
  `
data: { kind: patchDistribution, classes: 2, dimension: 64, robustPatches: 1, nonRobustPatches: 31,
        robustStrength: 2, nonRobustStrength: 0.5, noise: 0.1, samples: 64, testSamples: 10 }
network: { filtersPerClass: 8, initialScale: 0.1 }
objective: { kind: adversarial, attacks: [{ kind: pgd, steps: 2, radius: 0.2, randomStart: true }] }
training: { learningRate: 0.001, iterations: ${ITERATIONS}, momentum: 0.5, batchSize: 32, recordEvery: 20 }
evaluation: { attacks: [{ kind: pgd, radius: 0.2, steps: 2 }] }
`,
)

/** The interrupted sessions run on one thread, which also keeps them long enough to be interrupted. */
const train = (out: string, threads = 1) => ['train', config, '--threads', String(threads), '--out', out]

const inRun = (out: string, name: string) => join(out, readdirSync(out)[0] ?? '', name)
const exists = (out: string, name: string) => existsSync(out) && existsSync(inRun(out, name))
const linesIn = (out: string) => readFileSync(inRun(out, 'history.jsonl'), 'utf8').split('\n').length - 1
const sha256 = (out: string, name: string) =>
  createHash('sha256')
    .update(readFileSync(inRun(out, name)))
    .digest('hex')

/** The iteration at which the session says that it resumes. */
function resumedAt(ending: CommandEnding): number {
  const [, iteration] = ending.stderr.match(/^train: resuming at iteration (\d+) of 4000\.$/m) ?? []
  expect({ iteration, stderr: ending.stderr }).toEqual({
    iteration: expect.any(String),
    stderr: ending.stderr,
  })
  return Number(iteration)
}

describe('a training that is interrupted', () => {
  const whole = join(folder, 'whole')

  beforeAll(async () => {
    linesOf(await run(train(whole, 2)))
  })

  function expectWhole(out: string, ending: CommandEnding): void {
    const directory = linesOf(ending).at(-1)!
    expect(directory.startsWith(out)).toBe(true)
    for (const name of ['weights.safetensors', 'history.jsonl', 'coefficients.safetensors', 'summary.json'])
      expect(sha256(out, name)).toBe(sha256(whole, name))
  }

  it('by kill -9 goes on from its last checkpoint to the same weights', async () => {
    const out = join(folder, 'killed')
    const command = start(train(out))
    await waitFor(command, 'a checkpoint', () => exists(out, 'checkpoint.safetensors'))
    command.process.kill('SIGKILL')
    expect((await command.ended).signal).toBe('SIGKILL')
    expect(exists(out, 'weights.safetensors')).toBe(false)
    const again = await run(train(out, 2))
    const iteration = resumedAt(again)
    expect(iteration).toBeGreaterThan(0)
    expect(iteration).toBeLessThan(ITERATIONS)
    expectWhole(out, again)
  })

  it('by Ctrl-C stops cleanly, and goes on even when the newest checkpoint is damaged', async () => {
    const out = join(folder, 'interrupted')
    const ends: number[] = []
    for (const session of [1, 2]) {
      const before = session === 1 ? 0 : linesIn(out)
      const command = start(train(out))
      await waitFor(command, 'more records', () => exists(out, 'history.jsonl') && linesIn(out) > before)
      command.process.kill(session === 1 ? 'SIGINT' : 'SIGTERM')
      const { code, signal, stdout, stderr } = await command.ended
      expect({ code, signal, stdout }).toEqual({ code: 1, signal: null, stdout: '' })
      expect(stderr).toMatch(
        /\nStopping …\n( *\d+ % .*\n)*robust-features: The operation was aborted\. \[ABORTED\]\nRun the same command again to go on from here\.\n$/,
      )
      expect(readdirSync(inRun(out, '')).filter((name) => name.endsWith('.tmp'))).toEqual([])
      ends.push(session === 1 ? 0 : resumedAt({ code, signal, stdout, stderr }))
    }
    const newest = inRun(out, 'checkpoint.safetensors')
    truncateSync(newest, Math.floor(statSync(newest).size / 2))
    const again = await run(train(out, 2))
    expect(again.stderr).toContain(`train: The checkpoint ${newest} is damaged (`)
    expect(again.stderr).toContain(`; continuing from the previous one at iteration ${ends[1]}.`)
    expect(resumedAt(again)).toBe(ends[1])
    expectWhole(out, again)
  })
})

describe('an experiment that is interrupted', () => {
  it('goes on with the trainings it has not finished', async () => {
    const args = [
      'reproduce',
      'adversarial-training',
      '--scale',
      'smoke',
      '--seeds',
      '2',
      '--threads',
      '1',
      '--out',
    ]
    const out = join(folder, 'experiment')
    const command = start([...args, out])
    const weights = () =>
      existsSync(out)
        ? readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((path) =>
            path.endsWith('weights.safetensors'),
          )
        : []
    await waitFor(command, 'a finished training', () => weights().length > 0)
    command.process.kill('SIGKILL')
    await command.ended
    const kept = weights().map((path) => [path, statSync(join(out, path)).mtimeMs] as const)
    expect(existsSync(join(out, 'records.json'))).toBe(false)
    linesOf(await run([...args, out]))
    expect(weights()).toHaveLength(6)
    for (const [path, time] of kept) expect(statSync(join(out, path)).mtimeMs).toBe(time)
    const fresh = join(folder, 'fresh')
    linesOf(await run([...args, fresh]))
    expect(readFileSync(join(out, 'records.json'), 'utf8')).toBe(
      readFileSync(join(fresh, 'records.json'), 'utf8'),
    )
  })
})
