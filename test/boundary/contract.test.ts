import { describe, expect, it } from 'vitest'
import { contractReader, expectClass, expectMembers, names, watched } from '../helpers/contract-members.js'
import { addon, featureAligned, problem, trainerOptions } from '../helpers/native-cases.js'
import { gradientAscent } from '../helpers/reference-cases.js'

const membersOf = contractReader('contract.ts', 'contract/values.ts', 'contract/kernels.ts')

describe('the addon and contract.ts are the same', () => {
  it.each([
    ['NativeAddon', addon],
    ['NativeKernels', addon.kernels],
    ['NativeRandom', addon.random],
  ] as const)('%s', (name, object) => {
    expectMembers(object, membersOf(name))
  })

  it.each([
    ['NativeCancellation', addon.Cancellation],
    ['NativePatchData', addon.PatchData],
    ['NativeTrainer', addon.Trainer],
  ] as const)('%s', (name, Class) => {
    expectClass(Class, membersOf(name))
  })

  it('NativeInformation', () => {
    const information = addon.information()
    expect(Object.keys(information).sort()).toEqual(names(membersOf('NativeInformation')))
    expect(information.blas.threads).toBe(1)
  })
})

describe('results have the members of contract.ts', () => {
  const { network, data } = problem('float64', 1, { dimension: 8 })
  const attacks = [gradientAscent({ steps: 1 })]

  it('forward', async () => {
    const found = await addon.forward(network, data, undefined, { threads: 1 })
    expect(Object.keys(found).sort()).toEqual(names(membersOf('NativeForwardResult')))
  })

  it('gradients', async () => {
    const options = { loss: 'margin', surrogateSlope: 0, weights: true, inputs: true, threads: 1 } as const
    const found = await addon.gradients(network, data, undefined, options)
    expect(Object.keys(found).sort()).toEqual(names(membersOf('NativeGradientResult')))
  })

  it('attack', async () => {
    const options = { seed: 1, round: 1, keepPerturbations: true, threads: 1 }
    const found = await addon.attack(network, data, attacks, options)
    expect(Object.keys(found).sort()).toEqual(names(membersOf('NativeAttackResult')))
  })

  it('advance and its records', async () => {
    const records = []
    for (const list of [attacks, []]) {
      const trainer = new addon.Trainer(trainerOptions({ network, data }, { attacks: list }))
      const found = await trainer.advance({ threads: 1, seconds: Number.POSITIVE_INFINITY })
      expect(Object.keys(found).sort()).toEqual(names(membersOf('NativeAdvanceResult')))
      records.push(found.records[0]!)
    }
    const members = membersOf('NativeTrainingRecord')
    expect(Object.keys(records[0]!).sort()).toEqual(names(members))
    expect(Object.keys(records[1]!).sort()).toEqual(names(members.filter(({ optional }) => !optional)))
  })
})

describe('the addon reads every option of contract.ts, and no other', () => {
  const { network, data, oracle } = problem('float64', 1, { dimension: 8 })

  it('PatchData', () => {
    const { options, read } = watched(oracle.data)
    new addon.PatchData(options)
    expect(read()).toEqual(names(membersOf('NativePatchDataOptions')))
  })

  it('network and activation', async () => {
    const activation = watched(network.activation)
    const { options, read } = watched({ ...network, activation: activation.options })
    const execution = watched({ threads: 1 })
    await addon.forward(options, data, undefined, execution.options)
    expect(read()).toEqual(names(membersOf('NativeNetwork')))
    expect(activation.read()).toEqual(names(membersOf('NativeActivation')))
    expect(execution.read()).toEqual(names(membersOf('NativeExecution')))
  })

  it('gradients', async () => {
    const { options, read } = watched({
      loss: 'margin' as const,
      surrogateSlope: 0,
      weights: true,
      inputs: true,
      threads: 1,
    })
    await addon.gradients(network, data, undefined, options)
    expect(read()).toEqual(
      [...names(membersOf('NativeGradientOptions')), ...names(membersOf('NativeExecution'))].sort(),
    )
  })

  it('attacks', async () => {
    const ascent = watched(gradientAscent({ steps: 1 }))
    const aligned = watched(featureAligned(network))
    const { options, read } = watched({ seed: 1, round: 1, keepPerturbations: true, threads: 1 })
    await addon.attack(network, data, [ascent.options, aligned.options], options)
    expect(read()).toEqual(
      [...names(membersOf('NativeAttackOptions')), ...names(membersOf('NativeExecution'))].sort(),
    )
    expect(ascent.read()).toEqual(names(membersOf('NativeGradientAttack')))
    expect(aligned.read()).toEqual(names(membersOf('NativeAlignedAttack')))
  })

  it('Trainer and advance', async () => {
    const { options, read } = watched(trainerOptions({ network, data }))
    const trainer = new addon.Trainer(options)
    expect(read()).toEqual(names(membersOf('NativeTrainerOptions')))
    const advance = watched({ threads: 1, seconds: 0 })
    await trainer.advance(advance.options)
    expect(advance.read()).toEqual(
      [...names(membersOf('NativeAdvanceOptions')), ...names(membersOf('NativeExecution'))].sort(),
    )
  })

  it('samplePatchData', async () => {
    const { options, read } = watched({
      precision: 'float32' as const,
      samples: 1,
      classes: 2,
      dimension: 2,
      robustPatches: 1,
      nonRobustPatches: 1,
      robustStrength: { low: 1, high: 1 },
      nonRobustStrength: { low: 1, high: 1 },
      noise: 0,
      robustFeatures: new Float64Array(4),
      nonRobustFeatures: new Float64Array(4),
      shuffled: true,
      parts: 'all' as const,
      seed: 1,
      stream: 'x',
      threads: 1,
    })
    await addon.samplePatchData(options)
    expect(read()).toEqual(
      [...names(membersOf('NativeSampleOptions')), ...names(membersOf('NativeExecution'))].sort(),
    )
  })
})
