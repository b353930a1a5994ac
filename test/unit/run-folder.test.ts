import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { writeFileAtomically } from '../../src/data/atomic-file.js'
import { inRunFolder } from '../../src/data/run-folder.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const half = '.weights.safetensors.6f9619ff-8b86-4d11-b42d-00c04fc964ff.tmp'
const files = [half, 'weights.safetensors', '.mine.tmp', `snapshots/${half}`, `seed-1/deep/${half}`]

/** A folder with those files, after `inRunFolder` with the given `below`. */
async function filesAfter(below: readonly string[] | 'all'): Promise<string[]> {
  const folder = join(temporaryFolder(), 'a', 'b')
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), '')
  }
  return inRunFolder(folder, { use: 'test', below }, async () =>
    files.filter((file) => existsSync(join(folder, file))),
  )
}

it('makes the folder, and keeps it to one', async () => {
  const folder = join(temporaryFolder(), 'a', 'b')
  const second = () => inRunFolder(folder, { use: 'test' }, async () => 0)
  await inRunFolder(folder, { use: 'test' }, () =>
    expect(second()).rejects.toMatchObject({ code: 'RUN_FOLDER_IN_USE' }),
  )
  expect(readdirSync(folder)).toEqual([])
})

it('removes what a killed process had half written, where it was told to look, and nothing else', async () => {
  const [, kept, mine, snapshot, deep] = files
  expect(await filesAfter([])).toEqual([kept, mine, snapshot, deep])
  expect(await filesAfter(['snapshots', 'missing'])).toEqual([kept, mine, deep])
  expect(await filesAfter('all')).toEqual([kept, mine])
})

it('knows the names of what is half written', async () => {
  const folder = temporaryFolder()
  const write = writeFileAtomically(join(folder, 'file.json'), new Uint8Array(2 ** 25))
  while (readdirSync(folder).length === 0) await nextTurn()
  const [name = ''] = readdirSync(folder)
  expect(name).toMatch(/^\.file\.json\..+\.tmp$/)
  const copy = temporaryFolder()
  writeFileSync(join(copy, name), '')
  expect(await inRunFolder(copy, { use: 'test' }, async () => existsSync(join(copy, name)))).toBe(false)
  await write
})
