import { describe, expect, it } from 'vitest'
import { evaluateRobustness, pgd, standard, train } from '../../src/index.js'
import { threadBudget } from '../../src/native/threads.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'

const distribution = smallDistribution()
const data = await distribution.sample(8)
const network = smallNetwork()
const operations: [string, (options: object) => unknown][] = [
  ['sample', (options) => distribution.sample(8, options)],
  ['evaluate', (options) => network.evaluate(data, options)],
  ['inputGradient', (options) => network.inputGradient(data, options)],
  ['weightGradient', (options) => network.weightGradient(data, options)],
  [
    'evaluateRobustness',
    (options) => evaluateRobustness(network, data, { attacks: [pgd({ radius: 0.1 })], ...options }),
  ],
  [
    'train',
    (options) =>
      train(network, data, { objective: standard(), learningRate: 0.1, iterations: 5, ...options }).finished,
  ],
]

describe.each(operations)('%s', (_, run) => {
  it.each([0, -1, 1.5, 1025, Number.NaN, '2', null])('refuses %j threads', async (threads) => {
    const shown = typeof threads === 'string' ? `'${threads}'` : String(threads)
    expect(await failure('INVALID_ARGUMENT', () => run({ threads }))).toBe(
      `Expected \`threads\` to be an integer from 1 to 1024, got ${shown}.`,
    )
  })

  it('takes more threads than there are processors', async () => {
    await run({ threads: 17 })
  })

  it('refuses what is no signal', async () => {
    expect(await failure('INVALID_ARGUMENT', () => run({ signal: {} }))).toBe(
      'Expected `signal` to be an AbortSignal, got an empty object.',
    )
  })

  it('does not start when the signal is aborted already', async () => {
    expect(await failure('ABORTED', () => run({ signal: AbortSignal.abort() }))).toBe(
      'The operation was aborted.',
    )
  })

  it('names the option a misspelled one is nearest to', async () => {
    expect(await failure('UNKNOWN_OPTION', () => run({ thread: 2 }))).toMatch(
      /Unknown option `thread` in `options`; did you mean `threads`\?/,
    )
  })
})

describe('threadBudget', () => {
  it('is at least one thread, and says why', () => {
    const { threads, reason } = threadBudget()
    expect(Number.isInteger(threads)).toBe(true)
    expect(threads).toBeGreaterThanOrEqual(1)
    expect(reason).toMatch(/processors/)
  })
})
