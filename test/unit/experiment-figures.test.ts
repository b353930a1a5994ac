import { describe, expect, it } from 'vitest'
import { accuracyFigure } from '../../src/experiments/figures/accuracy-figure.js'
import { alignmentFigure } from '../../src/experiments/figures/alignment-figure.js'
import { coefficientFigure } from '../../src/experiments/figures/coefficient-figure.js'
import { seedFigure } from '../../src/experiments/figures/seed-figure.js'
import { spectrumFigures } from '../../src/experiments/figures/spectrum-figures.js'
import { spreadIterations } from '../../src/experiments/figures/spread-iterations.js'

const text = { id: 'a', title: 'A', caption: 'What is seen.' }

describe('seedFigure', () => {
  const layout = {
    ...text,
    kind: 'lines',
    x: { field: 'radius', title: 'ε' },
    y: { field: 'accuracy', title: 'accuracy' },
    color: { field: 'network', title: 'network' },
  } as const

  it('has means, intervals and their number in the caption', () => {
    const figure = seedFigure(layout, [{ x: 1, series: 'trained', values: [0, 1] }])
    expect(figure.caption).toBe('What is seen. Mean and 95 % interval over 2 seeds.')
    expect(figure.band).toEqual({ low: 'low', high: 'high' })
    expect(figure.rows).toEqual([
      {
        radius: 1,
        network: 'trained',
        accuracy: 0.5,
        low: expect.closeTo(0.5 - 12.706 / 2, 3),
        high: expect.closeTo(0.5 + 12.706 / 2, 3),
      },
    ])
  })

  it('has no interval for a single seed', () => {
    const figure = seedFigure({ ...layout, stroke: { field: 'source', title: 'source' } }, [
      { x: 1, series: 'trained', stroke: 'measured', values: [0.25] },
    ])
    expect(figure.caption).toBe('What is seen. One seed.')
    expect(figure.rows).toEqual([
      { radius: 1, network: 'trained', source: 'measured', accuracy: 0.25, low: null, high: null },
    ])
  })
})

describe('spreadIterations', () => {
  it('keeps all of few and the ends of many', () => {
    expect(spreadIterations([0, 5, 10], 3)).toEqual([0, 5, 10])
    const many = Array.from({ length: 1001 }, (_, iteration) => iteration)
    const chosen = spreadIterations(many, 6)
    expect(chosen).toEqual([0, 1, 6, 32, 178, 1000])
    expect(spreadIterations([], 5)).toEqual([])
  })
})

describe('coefficientFigure', () => {
  it('has a row for each feature, group and iteration after the first', () => {
    const run = [0, 10, 20].map((iteration) => ({ iteration, robust: iteration, nonRobust: -iteration }))
    const figure = coefficientFigure({ ...text, stroke: 'training' }, [
      { name: 'standard', runs: [run, run] },
      { name: 'other', runs: [run.slice(0, 2)] },
    ])
    expect(figure.stroke).toEqual({ field: 'group', title: 'training' })
    expect(
      figure.rows.map(({ iteration, feature, group, coefficient }) => [
        iteration,
        feature,
        group,
        coefficient,
      ]),
    ).toEqual([
      [10, 'robust', 'standard', 10],
      [10, 'non-robust', 'standard', -10],
      [20, 'robust', 'standard', 20],
      [20, 'non-robust', 'standard', -20],
      [10, 'robust', 'other', 10],
      [10, 'non-robust', 'other', -10],
    ])
  })
})

describe('alignmentFigure', () => {
  it('has every filter and feature at a handful of iterations', () => {
    const recorded = Array.from({ length: 100 }, (_, iteration) => ({
      iteration,
      coefficients: { robust: Float64Array.of(1, 2, 3, 4), nonRobust: Float64Array.of(5, 6, 7, 8) },
    }))
    const figure = alignmentFigure({ id: 'a', title: 'A', training: 'standard', seed: 3 }, recorded, 2)
    expect(figure.control).toEqual({ field: 'iteration', title: 'iteration' })
    expect(figure.caption).toContain('seed 3 (n = 1)')
    const iterations = [...new Set(figure.rows.map(({ iteration }) => iteration))]
    expect(iterations.length).toBeLessThanOrEqual(6)
    expect(iterations).toContain(99)
    expect(figure.rows.filter(({ iteration }) => iteration === 99)).toEqual(
      [
        ['class 1, filter 1', 'u_1', 1],
        ['class 1, filter 1', 'u_2', 2],
        ['class 1, filter 1', 'v_1', 5],
        ['class 1, filter 1', 'v_2', 6],
        ['class 2, filter 1', 'u_1', 3],
        ['class 2, filter 1', 'u_2', 4],
        ['class 2, filter 1', 'v_1', 7],
        ['class 2, filter 1', 'v_2', 8],
      ].map(([filter, feature, product]) => ({ iteration: 99, filter, feature, product })),
    )
  })
})

describe('accuracyFigure and spectrumFigures', () => {
  it('have a row for each radius and series', () => {
    const figure = accuracyFigure(
      text,
      [0, 0.5],
      [
        {
          name: 'standard',
          runs: [
            [
              { attacked: 1, certified: 1 },
              { attacked: 0.5, certified: 0.25 },
            ],
            [
              { attacked: 1, certified: 1 },
              { attacked: 0, certified: 0 },
            ],
          ],
        },
      ],
    )
    expect(figure.rows.map(({ radius, bound, accuracy }) => [radius, bound, accuracy])).toEqual([
      [0, 'attacked', 1],
      [0.5, 'attacked', 0.25],
      [0, 'certified', 1],
      [0.5, 'certified', 0.125],
    ])
    const point = {
      radius: 0.5,
      clean: [1],
      attackedAtOwnRadius: [0.5],
      attackedAtFixedRadius: [0.25],
      robustCoefficient: [3],
      nonRobustCoefficient: [2],
      nonRobustDominance: [1],
    }
    const [accuracy, coefficients] = spectrumFigures([point], 0.75)
    expect(accuracy?.rows.map(({ inputs, accuracy }) => [inputs, accuracy])).toEqual([
      ['clean', 1],
      ['attacked at the ε of training', 0.5],
      ['attacked at ε = 0.75', 0.25],
    ])
    expect(coefficients?.rows.map(({ feature, coefficient }) => [feature, coefficient])).toEqual([
      ['robust', 3],
      ['non-robust', 2],
    ])
  })
})
