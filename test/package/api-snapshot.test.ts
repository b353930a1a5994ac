import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { printPublicSurface } from '../../scripts/public-surface/print.mjs'
import { projectRoot } from '../helpers/run-node.js'

describe('etc/api.md', () => {
  it('is what users see of this build', async () => {
    const kept = readFileSync(join(projectRoot, 'etc', 'api.md'), 'utf8')
    const message =
      'The public surface has changed. If it should, run `npm run api:update` and commit etc/api.md'
    expect(await printPublicSurface(join(projectRoot, 'dist')), message).toBe(kept)
  })
})
