import { describe, expect, it } from 'vitest'
import { networkStages } from '../../src/experiments/depth/network-stages.js'
import { type StageSeed, stageRecords } from '../../src/experiments/depth/stage-records.js'
import { depthPresets } from '../../src/experiments/depth-presets.js'
import { resnet8, resnet20, smallCnn } from '../../src/index.js'

const task = { ...depthPresets.quick.tasks[0]!, stages: [{ name: 'pooling 1', layer: '4' }] }
const alike = { clean: 0.5, attacked: 0.5, robust: 0.5, nonRobust: 0.5 }

/** Seeds that are all the same. */
function verdicts(seed: StageSeed): string[] {
  return stageRecords(task, [1, 2], [seed, seed]).map(({ verdict }) => verdict)
}

describe('records of stages', () => {
  const extent = { robust: { numbers: 100, strength: 0.2 }, nonRobust: { numbers: 200, strength: 0.1 } }

  it('say what adversarial training changes, and that robust features are stronger and sparser', () => {
    const moved = { ...alike, robust: 0.6, nonRobust: 0.4 }
    expect(verdicts({ accuracies: { standard: [alike], adversarial: [moved] }, extent })).toEqual(
      new Array(5).fill('reproduced'),
    )
    const { robust, nonRobust } = extent
    expect(
      verdicts({
        accuracies: { standard: [moved], adversarial: [alike] },
        extent: { robust: nonRobust, nonRobust: robust },
      }),
    ).toEqual(new Array(5).fill('not reproduced'))
  })

  it('reproduce nothing where there is no difference', () => {
    const { robust } = extent
    expect(
      verdicts({
        accuracies: { standard: [alike], adversarial: [alike] },
        extent: { robust, nonRobust: robust },
      }),
    ).toEqual(new Array(5).fill('not reproduced'))
  })

  it('have no verdict on features that cannot be told from noise', () => {
    const seed = { accuracies: { standard: [alike], adversarial: [alike] }, extent }
    const drowned = { ...seed, extent: { ...extent, nonRobust: undefined } }
    const [strength] = stageRecords(task, [1, 2, 3], [seed, seed, drowned]).slice(-2)
    expect(strength).toMatchObject({ verdict: 'inconclusive' })
    expect(strength!.conditions.map(({ measured }) => measured.n)).toEqual([2, 3])
  })
})

describe('stages of a network', () => {
  it('end at pooling, blocks and hidden dense layers', () => {
    const named = (stages: ReturnType<typeof networkStages>) =>
      stages.map(({ name, layer }) => `${name}: ${layer}`)
    expect(named(networkStages(smallCnn({ classes: 10 })))).toEqual([
      'pooling 1: 4',
      'pooling 2: 9',
      'dense 1: 11',
      'dense 2: 13',
    ])
    const normalization = { mean: [0], deviation: [1] }
    expect(named(networkStages(resnet8({ classes: 10, normalization })))).toEqual([
      'stem: 3',
      'block 1: 5',
      'block 2: 7',
      'block 3: 9',
      'pooling 1: 10',
    ])
    expect(named(networkStages(resnet8({ classes: 10 })))[0]).toBe('stem: 2')
    expect(networkStages(resnet20({ classes: 10 })).map(({ name }) => name)).toContain('block 9')
  })
})
