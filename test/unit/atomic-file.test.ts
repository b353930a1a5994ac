import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeDirectory, requireWritable, writeFileAtomically } from '../../src/data/atomic-file.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('writeFileAtomically', () => {
  it('creates and replaces files and leaves nothing else behind', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'weights')
    await writeFileAtomically(path, Uint8Array.of(1, 2, 3))
    expect([...readFileSync(path)]).toEqual([1, 2, 3])
    await writeFileAtomically(path, 'text')
    expect(readFileSync(path, 'utf8')).toBe('text')
    expect(readdirSync(folder)).toEqual(['weights'])
  })

  it('keeps one of the contents whole when writers race', async () => {
    const path = join(temporaryFolder(), 'weights')
    const contents = Array.from({ length: 8 }, (_, index) => new Uint8Array(100_000).fill(index))
    await Promise.all(contents.map((content) => writeFileAtomically(path, content)))
    const found = readFileSync(path)
    expect(found.length).toBe(100_000)
    expect(new Set(found).size).toBe(1)
  })

  it('removes the temporary file and names path and reason when it fails', async () => {
    const folder = temporaryFolder()
    const taken = join(folder, 'taken')
    mkdirSync(join(taken, 'inside'), { recursive: true })
    const message = await failure('WRITE_FAILED', () => writeFileAtomically(taken, 'text'))
    expect(message).toMatch(/^Expected .*taken to be writable, got E[A-Z]+: [^,']+\.$/)
    expect(readdirSync(folder)).toEqual(['taken'])
  })

  it('fails where there is no folder', async () => {
    const folder = temporaryFolder()
    const missing = join(folder, 'missing', 'weights')
    expect(await failure('WRITE_FAILED', () => writeFileAtomically(missing, 'text'))).toBe(
      `Expected ${missing} to be writable, got ENOENT: no such file or directory.`,
    )
    writeFileSync(join(folder, 'file'), '')
    const below = join(folder, 'file', 'weights')
    expect(await failure('WRITE_FAILED', () => writeFileAtomically(below, 'text'))).toContain('ENOTDIR')
  })
})

describe('requireWritable', () => {
  it('leaves a file that is there, and a folder, as they are', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'weights'), 'text')
    for (const name of ['weights', 'new']) await requireWritable(join(folder, name))
    expect(readdirSync(folder)).toEqual(['weights'])
    expect(readFileSync(join(folder, 'weights'), 'utf8')).toBe('text')
  })

  it('fails where writing would', async () => {
    const folder = temporaryFolder()
    expect(await failure('WRITE_FAILED', () => requireWritable(folder))).toBe(
      `Expected ${folder} to be writable, got a folder.`,
    )
    const missing = join(folder, 'missing', 'weights')
    expect(await failure('WRITE_FAILED', () => requireWritable(missing))).toBe(
      `Expected ${missing} to be writable, got ENOENT: no such file or directory.`,
    )
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('makeDirectory', () => {
  it('creates a folder and its parents, also where others do so at the same time', async () => {
    const folder = join(temporaryFolder(), 'a', 'b', 'c')
    await Promise.all(Array.from({ length: 8 }, () => makeDirectory(folder)))
    await makeDirectory(folder)
    expect(readdirSync(folder)).toEqual([])
  })

  it('fails where a file is in the way', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    expect(await failure('WRITE_FAILED', () => makeDirectory(file))).toBe(
      `Expected ${file} to be writable, got EEXIST: file already exists.`,
    )
    expect(await failure('WRITE_FAILED', () => makeDirectory(join(file, 'a', 'b')))).toContain('ENOTDIR')
  })

  it.skipIf(!existsSync('/proc/self'))('ends where the file system takes no new folder', async () => {
    expect(await failure('WRITE_FAILED', () => makeDirectory('/proc/x/train'))).toBe(
      'Expected /proc/x/train to be writable, got ENOENT: no such file or directory.',
    )
  })
})
