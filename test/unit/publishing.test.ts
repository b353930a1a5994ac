import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isNewer } from '../../scripts/prebuilds/inspect.mjs'
import { licences } from '../../scripts/prebuilds/licences.mjs'
import { addonFiles, nameOf, publishedPlatforms } from '../../scripts/prebuilds/platforms.mjs'
import { obstacles } from '../../scripts/prebuilds/published.mjs'
import { commitOf, recordFile, writeRecord } from '../../scripts/prebuilds/record.mjs'
import { projectRoot } from '../helpers/run-node.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('publishing', () => {
  const commit = 'c'.repeat(40)
  const facts = { commit, distIsCurrent: true, packedBytes: 24e6 }
  const addons = publishedPlatforms.flatMap((platform) => Object.values(addonFiles(platform)))
  const [core = ''] = addons

  function write(folder: string, file: string, content: string | Uint8Array = file) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }

  function completeFolder(): string {
    const folder = temporaryFolder()
    for (const file of [...addons, ...licences.map(({ file }) => file)]) write(folder, file)
    for (const platform of publishedPlatforms) writeRecord(folder, platform, commit)
    return folder
  }

  it('wants both addons of every platform, their record, and the licences', () => {
    expect(new Set(addons).size).toBe(10)
    const wanted = publishedPlatforms.flatMap((platform) => [
      ...Object.values(addonFiles(platform)),
      recordFile(platform),
    ])
    expect(obstacles(temporaryFolder(), facts)).toEqual(
      [...wanted, ...licences.map(({ file }) => file)].map((file) => `Expected ${file}, got none.`),
    )
    expect(obstacles(completeFolder(), facts)).toEqual([])
  })

  it('wants nothing else among them, whatever it is called', () => {
    const folder = completeFolder()
    const others = ['prebuilds/linux-x64/robust_features.node', 'prebuilds/linux-x64/secret.so']
    for (const file of others) write(folder, file)
    expect(obstacles(folder, facts).toSorted()).toEqual(
      others.map((file) => `Expected nothing else in prebuilds, got ${file}.`),
    )
  })

  it('wants the files that were checked, of this commit', () => {
    const folder = completeFolder()
    write(folder, core, '')
    expect(obstacles(folder, facts)).toEqual([
      `Expected ${core} to be the file that prebuilds/linux-x64-glibc.json names, got another.`,
    ])
    write(folder, core)
    const other = obstacles(folder, { ...facts, commit: 'd'.repeat(40) })
    expect(other).toHaveLength(5)
    expect(other[4]).toBe(
      `Expected prebuilds/darwin-arm64.json to be of commit ${'d'.repeat(40)}, got ${commit}.`,
    )
    // Outside a repository nothing is known to be of a commit.
    expect(obstacles(folder, { ...facts, commit: undefined })).toHaveLength(5)
    for (const text of ['not JSON', 'null', '{}']) {
      write(folder, 'prebuilds/linux-x64-glibc.json', text)
      expect(obstacles(folder, facts)).toHaveLength(3)
    }
  })

  it('wants JavaScript of these sources, and small files', () => {
    const folder = completeFolder()
    expect(obstacles(folder, { ...facts, distIsCurrent: false })).toEqual([
      'Expected dist to be compiled from src, got none or an older one.',
    ])
    expect(obstacles(folder, { ...facts, packedBytes: 25e6 + 1 })).toEqual([
      'Expected a package of at most 25000000 bytes, got 25000001.',
    ])
    write(folder, core, randomBytes(12e6 + 1))
    for (const platform of publishedPlatforms) writeRecord(folder, platform, commit)
    expect(obstacles(folder, facts)).toEqual([
      expect.stringMatching(
        /^Expected linux-x64-glibc to take at most 12000000 bytes gzipped, got 12\d{6}\.$/,
      ),
    ])
  })

  it('knows a commit from files that differ from it', () => {
    const folder = temporaryFolder()
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder })
    git('init', '--quiet')
    write(folder, 'file')
    git('add', 'file')
    git('commit', '--quiet', '--message', 'one')
    const commit = commitOf(folder)
    expect(commit).toMatch(/^[0-9a-f]{40}$/)
    write(folder, 'file', 'changed')
    expect(commitOf(folder)).toBe(`${commit}-dirty`)
    write(folder, 'file')
    expect(commitOf(folder)).toBe(commit)
    write(folder, 'new')
    expect(commitOf(folder)).toBe(`${commit}-dirty`)
  })

  it('names platforms as the library finds their folders', () => {
    expect(publishedPlatforms.map(nameOf)).toEqual([
      'linux-x64-glibc',
      'linux-x64-musl',
      'linux-arm64-glibc',
      'linux-arm64-musl',
      'darwin-arm64',
    ])
    expect(addonFiles({ platform: 'linux', arch: 'x64', libc: 'musl' })).toEqual({
      core: 'prebuilds/linux-x64/robust_features.musl.node',
      layered: 'prebuilds/linux-x64/layered/robust_features_layered.musl.node',
    })
  })
})

describe('workflows', () => {
  it('take actions of one commit, and images of one version', () => {
    const folder = join(projectRoot, '.github', 'workflows')
    const text = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n')
    const actions = [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action)
    expect(actions).not.toEqual([])
    for (const action of actions) expect(action).toMatch(/^[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    const images = [...text.matchAll(/(?:quay\.io\/pypa\/|\bnode:)\S+/g)].map(([image]) => image)
    expect(images).toHaveLength(3)
    for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+-/)
  })

  it('builds with no Node older than what the package asks for', () => {
    const workflow = readFileSync(join(projectRoot, '.github', 'workflows', 'prebuilds.yml'), 'utf8')
    const { engines } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))
    const versions = [...workflow.matchAll(/\bnode:([0-9.]+)-/g)].map(([, version = '']) => version)
    expect(versions).not.toEqual([])
    for (const version of versions) expect(isNewer(engines.node.replace('>=', ''), version)).toBe(false)
  })
})
