import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, configHash } from '../../src/data/canonical-json.js'
import { failure } from '../helpers/errors.js'

describe('canonicalJson', () => {
  it('sorts names at every depth and leaves out white space and undefined fields', () => {
    const value = { b: [1, { d: null, c: 'x "y"' }], a: undefined, A: true, 10: -0, 9: 1e21 }
    expect(canonicalJson(value)).toBe('{"10":0,"9":1e+21,"A":true,"b":[1,{"c":"x \\"y\\"","d":null}]}')
  })

  it('writes typed arrays as arrays', () => {
    expect(canonicalJson({ rates: Float64Array.of(0.5, 1) })).toBe('{"rates":[0.5,1]}')
  })

  it('says where a value is that JSON cannot hold', async () => {
    const refused = (value: unknown) => failure('INVALID_ARGUMENT', () => canonicalJson(value))
    expect(await refused({ a: [1, { b: Number.NaN }] })).toBe(
      'Expected `value.a[1].b` to be a JSON value, got NaN.',
    )
    expect(await refused([undefined])).toContain('value[0]')
    expect(await refused({ a: () => 1 })).toContain('a function')
    expect(await refused(new Map())).toContain('a Map')
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    expect(await refused(cycle)).toContain('a reference to itself')
  })

  it('keeps any JSON value and does not depend on the order of its fields', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, field]) => [name, reversed(field)]),
      )
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(reversed(value))).toBe(text)
      }),
    )
  })
})

describe('configHash', () => {
  it('is the start of the SHA-256 of the canonical text', () => {
    const expected = createHash('sha256').update('{"a":1,"b":2}').digest('hex').slice(0, 12)
    expect(configHash({ b: 2, a: 1 })).toBe(expected)
    expect(configHash({ b: 2, a: 2 })).not.toBe(expected)
    expect(configHash({ b: 2, a: 1 })).toMatch(/^[0-9a-f]{12}$/)
  })
})
