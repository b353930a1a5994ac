import { describe, expect, it } from 'vitest'
import { transferFigures } from '../../src/experiments/figures/transfer-figures.js'
import {
  type SuccessMatrix,
  TRANSFER_SOURCES,
  type TransferResult,
  type TransferSource,
} from '../../src/experiments/transferability-matrix.js'
import { transferRecords } from '../../src/experiments/transferability-records.js'

type Cell = SuccessMatrix[TransferSource]

const RADIUS = 0.5
const perfect = { standard: 1, adversarial: 1 }

/** Results of three seeds with the same cells, those not named being `others`. */
function results(
  cells: Partial<Record<TransferSource, Cell>>,
  others: Cell = { standard: 0, adversarial: 0 },
  cleanAccuracy: TransferResult['cleanAccuracy'] = perfect,
): TransferResult[] {
  const success = Object.fromEntries(TRANSFER_SOURCES.map((source) => [source, cells[source] ?? others]))
  return [1, 2, 3].map((seed) => ({
    seed,
    cleanAccuracy,
    points: [{ radius: RADIUS, success: success as SuccessMatrix }],
  }))
}

function verdicts(given: readonly TransferResult[]): Record<string, string> {
  const records = transferRecords(given, {
    prefix: 'transferability/test',
    radius: RADIUS,
    criteria: {
      clean: { standard: 0.9, adversarial: 0.8 },
      fooled: 0.5,
      difference: 0.25,
      withstood: 0.05,
    },
    common: {
      experiment: 'transferability',
      source: 'arXiv 2410.08503',
      reported: null,
      config: {},
      seeds: [1, 2, 3],
    },
  })
  return Object.fromEntries(
    records.map(({ id, verdict }) => [id.replace('transferability/test/', ''), verdict]),
  )
}

const NONE = {
  'non-robust-over-robust': 'not reproduced',
  'non-robust-features': 'not reproduced',
  'standard-network': 'not reproduced',
  'standard-over-adversarial-network': 'not reproduced',
  'adversarial-targets/non-robust-features': 'not reproduced',
  'adversarial-targets/robust-features': 'not reproduced',
  'adversarial-targets/standard-network': 'not reproduced',
}

describe('transferRecords', () => {
  it('reproduces nothing with examples that fool nobody', () => {
    expect(verdicts(results({}))).toEqual(NONE)
  })

  it('judges every source by its own examples', () => {
    const fooling = { standard: 1, adversarial: 0 }
    expect(verdicts(results({ 'non-robust features': fooling }))).toEqual({
      ...NONE,
      'non-robust-over-robust': 'reproduced',
      'non-robust-features': 'reproduced',
      'adversarial-targets/non-robust-features': 'reproduced',
    })
    expect(verdicts(results({ 'standard network': fooling }))).toEqual({
      ...NONE,
      'standard-network': 'reproduced',
      'standard-over-adversarial-network': 'reproduced',
      'adversarial-targets/standard-network': 'reproduced',
    })
    expect(verdicts(results({ 'robust features': fooling }))).toEqual({
      ...NONE,
      'adversarial-targets/robust-features': 'reproduced',
    })
    expect(verdicts(results({}, { standard: 1, adversarial: 1 }))).toEqual({
      ...NONE,
      'non-robust-features': 'reproduced',
      'standard-network': 'reproduced',
    })
  })

  it('reproduces nothing where targets have nothing right', () => {
    const without = { standard: undefined, adversarial: undefined }
    expect(verdicts(results({}, without, { standard: 0, adversarial: 0 }))).toEqual(NONE)
    const [first, ...others] = results({}, { standard: 1, adversarial: 0 })
    const [broken] = results({}, without, { standard: 0, adversarial: 0 })
    expect(Object.values(verdicts([first!, broken!, others[0]!]))).not.toContain('reproduced')
  })
})

describe('transferFigures', () => {
  it('leaves out a target that has nothing right, and does not draw it as one that nothing fools', () => {
    const without = { standard: undefined, adversarial: 0.25 }
    const text = { id: 'test', data: 'test data', radius: RADIUS, ball: 'a ball' }
    const figures = transferFigures(results({}, without, { standard: 0, adversarial: 1 }), text)
    expect(figures).toHaveLength(3)
    for (const { rows } of figures) {
      expect(rows.map(({ source, target, success }) => [source, target, success])).toEqual(
        TRANSFER_SOURCES.map((source) => [source, 'adversarial', 0.25]),
      )
    }
  })
})
