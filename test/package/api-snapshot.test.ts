import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot, runNode } from '../helpers/run-node.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('etc/api.md', () => {
  it('is what users see of this build', async () => {
    const path = join(temporaryFolder(), 'api.md')
    const { stderr } = await runNode(['scripts/public-surface/main.mjs', path], { cwd: projectRoot })
    expect(stderr).toBe('')
    const kept = readFileSync(join(projectRoot, 'etc', 'api.md'), 'utf8')
    const message =
      'The public surface has changed. If it should, run `npm run api:update` and commit etc/api.md'
    expect(readFileSync(path, 'utf8'), message).toBe(kept)
  })
})
