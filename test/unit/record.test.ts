import { describe, expect, it } from 'vitest'
import {
  type Condition,
  type Criterion,
  createRecord,
  judge,
  judgeAll,
  type Verdict,
} from '../../src/analysis/record.js'
import { failure } from '../helpers/errors.js'

type Rule = [Criterion['statistic'], Criterion['relation'], number]

function condition(lower: number, upper: number, [statistic, relation, threshold]: Rule): Condition {
  return {
    measured: { value: (lower + upper) / 2, ci95: { lower, upper }, n: 4 },
    criterion: { statistic, relation, threshold, text: `${statistic} ${relation} ${threshold}` },
  }
}

const reproduced = condition(3, 4, ['lower', '>=', 2])
const refuted = condition(0, 1, ['lower', '>=', 2])
const open = condition(1, 3, ['lower', '>=', 2])

describe('judge', () => {
  it.each<[number, number, Rule, Verdict]>([
    [2, 4, ['lower', '>=', 2], 'reproduced'],
    [1.9, 4, ['lower', '>=', 2], 'inconclusive'],
    [1, 2, ['lower', '>=', 2], 'inconclusive'],
    [1, 1.9, ['lower', '>=', 2], 'not reproduced'],
    [0, 0.1, ['upper', '<=', 0.1], 'reproduced'],
    [0.1, 0.2, ['upper', '<=', 0.1], 'inconclusive'],
    [0.11, 0.2, ['upper', '<=', 0.1], 'not reproduced'],
    [1, 4, ['mean', '>=', 2], 'reproduced'],
    [1, 2.5, ['mean', '>=', 2], 'inconclusive'],
    [1, 1.9, ['mean', '>=', 2], 'not reproduced'],
    [1, 4, ['mean', '<=', 2], 'inconclusive'],
    [3, 4, ['mean', '<=', 2], 'not reproduced'],
    [1, 1, ['lower', '>=', 1], 'reproduced'],
    [0.9, 0.9, ['lower', '>=', 1], 'not reproduced'],
  ])('[%d, %d] with %j is %s', (lower, upper, rule, verdict) => {
    expect(judge(condition(lower, upper, rule))).toBe(verdict)
  })

  it('is inconclusive without an interval', () => {
    const { criterion } = reproduced
    expect(judge({ criterion, measured: { value: 100, ci95: null, n: 1 } })).toBe('inconclusive')
    expect(judge({ criterion, measured: { value: 100, ci95: { lower: 99, upper: 101 }, n: 1 } })).toBe(
      'inconclusive',
    )
    expect(judge(condition(Number.NaN, Number.NaN, ['lower', '>=', 2]))).toBe('inconclusive')
  })
})

describe('judgeAll', () => {
  it('joins criteria by and', () => {
    expect(judgeAll([reproduced, reproduced])).toBe('reproduced')
    expect(judgeAll([reproduced, open])).toBe('inconclusive')
    expect(judgeAll([open, refuted, reproduced])).toBe('not reproduced')
  })

  it('refuses no criteria', async () => {
    await failure('INVALID_ARGUMENT', () => judgeAll([]))
  })
})

describe('createRecord', () => {
  it('computes verdict and criterion', () => {
    const fields = {
      id: 'standard-training/non-robust-dominate',
      experiment: 'standard-training',
      claim: 'Non-robust features dominate',
      source: 'Theorem 4.3',
      reported: null,
      config: { classes: 2 },
      seeds: [1, 2, 3, 4],
    }
    const record = createRecord(fields, [reproduced, open])
    expect(record).toEqual({
      ...fields,
      measured: reproduced.measured,
      criterion: 'lower >= 2 and lower >= 2',
      conditions: [reproduced, open],
      verdict: 'inconclusive',
    })
    expect(record).not.toHaveProperty('dataset')
    expect(createRecord({ ...fields, dataset: 'mnist' }, [refuted])).toMatchObject({
      dataset: 'mnist',
      verdict: 'not reproduced',
    })
  })
})
