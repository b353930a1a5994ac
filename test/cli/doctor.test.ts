import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { linesOf, run } from '../helpers/command-line.js'
import { projectRoot, runNode } from '../helpers/run-node.js'

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
      layered: expect.anything(),
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
    for (const word of ['addon', 'instruction set', 'BLAS', 'layered networks', 'threads'])
      expect(text).toMatch(new RegExp(`^${word} `, 'm'))
    expect(text).toMatch(/^self-test +passed$/m)
    expect(text).not.toMatch(/FAILED/)
  })

  it('passes without layered networks, and says how to get them', async () => {
    const before = process.env.ROBUST_FEATURES_LAYERED_ADDON
    process.env.ROBUST_FEATURES_LAYERED_ADDON = '/nowhere/robust_features_layered.node'
    try {
      const program = join(projectRoot, 'dist', 'cli', 'main.js')
      const { exitCode, stdout } = await runNode([program, 'doctor'], { cwd: projectRoot })
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^layered networks +not built: Expected [^\n]*layered networks[^\n]*main\.mjs/m)
      expect(stdout).toMatch(/^self-test +passed$/m)
    } finally {
      if (before === undefined) delete process.env.ROBUST_FEATURES_LAYERED_ADDON
      else process.env.ROBUST_FEATURES_LAYERED_ADDON = before
    }
  })

  it('fails with one sentence when there is no addon', async () => {
    const before = process.env.ROBUST_FEATURES_ADDON
    process.env.ROBUST_FEATURES_ADDON = '/nowhere/robust_features.node'
    try {
      const { code, stdout, stderr } = await run(['doctor', '--json'])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(
        /^robust-features: Expected ROBUST_FEATURES_ADDON to [^\n]*setup[^\n]*\[NATIVE_ADDON_UNAVAILABLE\]\n$/,
      )
    } finally {
      if (before === undefined) delete process.env.ROBUST_FEATURES_ADDON
      else process.env.ROBUST_FEATURES_ADDON = before
    }
  })
})
