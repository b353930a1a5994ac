import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/cli/config-file.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('a configuration file', () => {
  it('is refused where it is a folder', async () => {
    const folder = temporaryFolder()
    expect(await failure('INVALID_ARGUMENT', () => readConfig(folder))).toBe(
      `Expected a configuration file at ${folder}, got a folder.`,
    )
  })

  it.each(['', '# only a comment\n', 'null\n'])('is named where it has nothing: %j', async (text) => {
    const path = join(temporaryFolder(), 'empty.yaml')
    writeFileSync(path, text)
    expect(await failure('INVALID_ARGUMENT', () => readConfig(path))).toBe(
      `Expected ${path} to hold a configuration, got nothing.`,
    )
  })
})
