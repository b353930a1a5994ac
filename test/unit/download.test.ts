import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DownloadOptions, download } from '../../src/data/images/fetch/download.js'
import { breakAfter, fileServer } from '../helpers/file-server.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const file = Uint8Array.from({ length: 5000 }, (_, index) => (index * index) % 251)
const wrong = file.map((byte) => byte ^ 1)
const known = { bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') }

async function setUp() {
  const server = await fileServer({ file })
  const path = join(temporaryFolder(), 'file')
  const get = (options: Partial<DownloadOptions> = {}, name = 'file') =>
    download(server.url + name, path, { ...known, retryMilliseconds: 1, ...options })
  return { server, path, get, part: `${path}.part` }
}

describe('download', () => {
  it('leaves the whole file and no other', async () => {
    const { path, part, get } = await setUp()
    const seen: number[] = []
    await get({ onBytes: (bytes) => seen.push(bytes) })
    expect(Uint8Array.from(readFileSync(path))).toEqual(file)
    expect(existsSync(part)).toBe(false)
    expect(seen.at(-1)).toBe(file.length)
  })

  it('goes on where the connection broke', async () => {
    const { server, path, get } = await setUp()
    server.answerOnce(breakAfter(file, 2000))
    await get()
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=2000-'])
    expect(Uint8Array.from(readFileSync(path))).toEqual(file)
  })

  it('goes on where an earlier call stopped', async () => {
    const { server, part, get } = await setUp()
    writeFileSync(part, file.subarray(0, 4999))
    await get()
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=4999-'])
    writeFileSync(part, file)
    await get()
    expect(server.requests).toHaveLength(1)
  })

  it('starts again where the server ignores the range', async () => {
    const { server, path, part, get } = await setUp()
    writeFileSync(part, wrong.subarray(0, 100))
    server.answerOnce((_, response) => response.writeHead(200).end(file))
    await get()
    expect(Uint8Array.from(readFileSync(path))).toEqual(file)
  })

  it('starts again when what it had was wrong', async () => {
    const { server, path, part, get } = await setUp()
    writeFileSync(part, wrong.subarray(0, 100))
    await get()
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=100-', undefined])
    expect(Uint8Array.from(readFileSync(path))).toEqual(file)
  })

  it('tries again after an error of the server', async () => {
    const { server, get } = await setUp()
    server.answerOnce((_, response) => response.writeHead(503).end())
    await get()
    expect(server.requests).toHaveLength(2)
  })

  it('gives up on wrong bytes, more bytes than expected, and refusals', async () => {
    const { server, path, part, get } = await setUp()
    for (let attempt = 0; attempt < 4; attempt++) server.answerOnce((_, response) => response.end(wrong))
    await expect(get()).rejects.toThrow(`instead of ${known.sha256}`)
    expect(existsSync(part) || existsSync(path)).toBe(false)
    await expect(get({ bytes: 4000 })).rejects.toThrow('more than the expected 4000 bytes')
    const before = server.requests.length
    await expect(get({}, 'other')).rejects.toThrow('the server answered 404')
    expect(server.requests).toHaveLength(before + 1)
  })

  it('starts again where the server cannot go on from there', async () => {
    const { server, path, part, get } = await setUp()
    const odd = { 'content-range': 'bytes 0-4999/5000' }
    for (const status of [206, 416]) {
      writeFileSync(part, file.subarray(0, 10))
      server.answerOnce((_, response) => response.writeHead(status, odd).end(file))
      await get()
      expect(server.requests.slice(-2).map(({ range }) => range)).toEqual(['bytes=10-', undefined])
      expect(Uint8Array.from(readFileSync(path))).toEqual(file)
    }
  })

  it('stops when told to, and keeps what has arrived', async () => {
    const { server, part, get } = await setUp()
    server.answerOnce((_, response) => {
      response.writeHead(200, { 'content-length': file.length })
      response.write(file.subarray(0, 3000))
    })
    const controller = new AbortController()
    await expect(
      get({ signal: controller.signal, onBytes: (bytes) => bytes === 3000 && controller.abort() }),
    ).rejects.toThrow()
    await get()
    expect(server.requests).toHaveLength(2)
    expect(existsSync(part)).toBe(false)
  })
})
