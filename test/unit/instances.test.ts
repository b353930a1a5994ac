import { describe, expect, it } from 'vitest'
import {
  evaluateRobustness,
  featureAligned,
  PatchData,
  PatchNetwork,
  pgd,
  standard,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'

const network = PatchNetwork.initialize({ classes: 2, dimension: 3, filtersPerClass: 1 })
const data = PatchData.fromArrays({
  patches: 1,
  dimension: 3,
  classes: 2,
  inputs: new Float32Array(3),
  labels: Int32Array.of(0),
})
const options = { objective: standard(), learningRate: 0.1, iterations: 1 }
const attacks = [pgd({ radius: 0.1 })]

describe('foreign objects in place of the library’s own', () => {
  for (const foreign of [null, undefined, {}, 3, 'network', Object.create(null)]) {
    it(`are refused with a sentence: ${foreign === undefined ? 'nothing' : JSON.stringify(foreign)}`, async () => {
      const wrong = foreign as never
      const cases: [string, () => unknown][] = [
        ['`network`', () => train(wrong, data, options)],
        ['`data`', () => train(network, wrong, options)],
        ['`network`', () => evaluateRobustness(wrong, data, { attacks })],
        ['`data`', () => evaluateRobustness(network, wrong, { attacks })],
        ['`data`', () => network.evaluate(wrong)],
        ['`data`', () => network.inputGradient(wrong)],
        ['`data`', () => network.weightGradient(wrong)],
        ['`features`', () => featureAligned(wrong, { radius: 0.1 })],
      ]
      for (const [name, action] of cases) {
        expect(await failure('INVALID_ARGUMENT', async () => action())).toContain(`Expected ${name} to`)
      }
    })
  }
})
