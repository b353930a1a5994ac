import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { linesOf, run } from '../helpers/command-line.js'

describe('doctor', () => {
  it('--json describes the engine and passes its self-test', async () => {
    const ending = await run(['doctor', '--json'])
    const findings = JSON.parse(linesOf(ending).join('\n'))
    expect(findings).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      addon: { kind: expect.stringMatching(/^(local build|prebuild|environment variable)$/) },
      compiler: expect.any(String),
      instructionSet: expect.any(String),
      blas: { version: expect.any(String), kernel: expect.any(String), threads: 1 },
      threads: { threads: expect.any(Number), reason: expect.stringMatching(/processors/) },
      selfTest: { passed: true },
    })
    expect(existsSync(findings.addon.path)).toBe(true)
    const { checks } = findings.selfTest
    expect(checks.length).toBeGreaterThanOrEqual(7)
    for (const check of checks) {
      expect(check).toEqual({ name: expect.any(String), passed: true, detail: expect.any(String) })
      expect(check.detail).toMatch(/^\d+ numbers, largest relative difference \d\.\de[+-]\d+$/)
    }
    expect(ending.stderr).toBe('')
  })

  it('says the same in words', async () => {
    const text = linesOf(await run(['doctor'])).join('\n')
    for (const word of ['addon', 'instruction set', 'BLAS', 'threads'])
      expect(text).toMatch(new RegExp(`^${word} `, 'm'))
    expect(text).toMatch(/^self-test +passed$/m)
    expect(text).not.toMatch(/FAILED/)
  })

  it('fails with one sentence when there is no addon', async () => {
    const before = process.env.ROBUST_FEATURES_ADDON
    process.env.ROBUST_FEATURES_ADDON = '/nowhere/robust_features.node'
    try {
      const { code, stdout, stderr } = await run(['doctor', '--json'])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(
        /^robust-features: Expected a native addon for [^\n]*setup[^\n]*\[NATIVE_ADDON_UNAVAILABLE\]\n$/,
      )
    } finally {
      if (before === undefined) delete process.env.ROBUST_FEATURES_ADDON
      else process.env.ROBUST_FEATURES_ADDON = before
    }
  })
})
