import { expect, it } from 'vitest'
import * as library from '../../src/index.js'

type Call = (...given: unknown[]) => unknown

/** Every exported function, and every constructor and static method of the exported classes. */
const calls = Object.entries(library).flatMap(([name, exported]): [string, Call][] => {
  if (typeof exported !== 'function' || exported === library.RobustFeaturesError) return []
  if (!/^class\b/.test(Function.prototype.toString.call(exported))) return [[name, exported as Call]]
  const maker = exported as unknown as (new (...given: unknown[]) => unknown) & Record<string, unknown>
  const methods = Object.getOwnPropertyNames(maker).filter((key) => typeof maker[key] === 'function')
  return [
    [`new ${name}`, (...given) => new maker(...given)],
    ...methods.map((key): [string, Call] => [
      `${name}.${key}`,
      (...given) => (maker[key] as Call).apply(maker, given),
    ]),
  ]
})

const foreign = [undefined, null, Number.NaN, {}, [], true, Symbol('foreign'), new Float32Array(2), () => {}]

/** What a call throws or rejects with, now or, where it begins a run, at its end. */
async function thrownBy(call: Call, given: readonly unknown[]): Promise<unknown> {
  try {
    const result = (await call(...given)) as { finished?: Promise<unknown> } | undefined | null
    await result?.finished
    return undefined
  } catch (error) {
    return error
  }
}

it('finds what it calls', () => {
  const names = calls.map(([name]) => name)
  for (const name of ['train', 'classCounts', 'new PatchDistribution', 'PatchNetwork.load'])
    expect(names).toContain(name)
})

it.each(calls)('%s says in one sentence what it is given wrongly', async (_, call) => {
  for (const first of foreign)
    for (const rest of new Set([undefined, null, {}, first])) {
      const error = await thrownBy(call, [first, rest, rest])
      if (error === undefined) continue
      expect(error).toBeInstanceOf(library.RobustFeaturesError)
      expect((error as Error).message).toMatch(/^.+\.$/)
    }
})
