import { describe, expect, it } from 'vitest'
import { expectEnding, expectFuzzed, runProgram } from '../helpers/program.js'

describe('a worker thread terminated in the middle of', () => {
  it.each([
    ['long operations', 6],
    ['short operations', 12],
    ['short advances', 12],
    ['rejected operations', 12],
    ['synchronous calls', 12],
    ['refused calls', 12],
  ])('%s', async (work, workers) => {
    const ending = await runProgram('terminate-worker', [work, String(workers)])
    expectEnding(ending)
    expect(ending.stdout.trim()).toBe('6')
  })
})

describe('the process ends in the middle of operations', () => {
  it.each([0, 1, 30])('by process.exit() after %i ms', async (milliseconds) => {
    expectEnding(await runProgram('exit-mid-run', [String(milliseconds)]), 7)
  })

  it.each(['main', 'worker', 'exception'])('with workers, by the %s', async (end) => {
    for (const milliseconds of ['3', '20']) {
      expectEnding(await runProgram('end-with-workers', [end, milliseconds]), 7)
    }
  })
})

describe('what belongs to running operations', () => {
  it('outlives its handles', async () => {
    const ending = await runProgram('collect-handles', [], ['--expose-gc'])
    expectEnding(ending)
    expect(ending.stdout.trim()).toBe('20')
  })

  it('is no buffer of the caller', async () => {
    const ending = await runProgram('transfer-buffers', [], ['--expose-gc'])
    expectEnding(ending)
    expect(ending.stdout.trim()).toBe('same')
  })
})

it.each(['data', 'trainers'])('%s that nobody keeps are freed', async (what) => {
  const ending = await runProgram('unreferenced', [what])
  expectEnding(ending)
  expect(Number(ending.stdout)).toBeLessThan(1200)
})

it('a handle made at the end of the stack', async () => {
  const ending = await runProgram('deep-stack')
  expectEnding(ending)
  expect(ending.stdout.trim()).toBe('refused')
})

it('several environments of one process', async () => {
  const ending = await runProgram('several-environments')
  expectEnding(ending)
  expect(ending.stdout.trim()).toBe('true,true,true,true')
})

it('thousands of calls with random arguments', async () => {
  const ending = await runProgram('fuzz-addon', ['core', '1', '5000'], ['--expose-gc'])
  expectEnding(ending)
  expectFuzzed(ending, 5000)
})
