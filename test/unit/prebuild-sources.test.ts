import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { pinned } from '../../scripts/prebuilds/pinned.mjs'
import { sourceOf } from '../../scripts/prebuilds/source.mjs'
import { fingerprint } from '../../scripts/setup/fingerprint.mjs'
import { projectRoot } from '../helpers/run-node.js'

// Nothing is fetched: there is no mirror of Debian, and what the release's address gives is another archive.
vi.mock('../../scripts/prebuilds/debian-source.mjs', () => ({ debianMirror: () => undefined }))
vi.stubGlobal('fetch', async () => new Response('another archive'))

const { openblas } = pinned
const name = `source-of-test-${process.pid}`
const kept = join(projectRoot, 'build', 'prebuild', name)

function keep({ version, release, debian }: typeof openblas): void {
  onTestFinished(() => rmSync(kept, { recursive: true, force: true }))
  mkdirSync(join(kept, 'source'), { recursive: true })
  writeFileSync(join(kept, 'source', 'LICENSE'), '')
  const pin = fingerprint([version, release, debian], [])
  writeFileSync(join(kept, 'source.json'), JSON.stringify({ pin, origin: 'here' }))
}

it('takes a source that is kept while its pin stays', async () => {
  keep(openblas)
  expect(await sourceOf(name, openblas)).toEqual({
    folder: join(kept, 'source'),
    origin: 'here',
    identity: 'here',
  })
})

it.each([
  { ...openblas, version: '0.3.30' },
  { ...openblas, release: { ...openblas.release, sha256: '0'.repeat(64) } },
  { ...openblas, debian: { ...openblas.debian, patches: ['a.patch'] } },
])('fetches a source again after any part of its pin has changed', async (changed) => {
  keep(openblas)
  await expect(sourceOf(name, changed)).rejects.toThrow(/^Expected \S+ to have SHA-256 /)
  expect(existsSync(join(kept, 'source'))).toBe(false)
})
