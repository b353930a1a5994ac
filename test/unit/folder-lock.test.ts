import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import * as files from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import { withFolderLock } from '../../src/data/folder-lock.js'
import { addonSource } from '../../src/native/addon.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof files>()
  return { ...actual, stat: vi.fn(actual.stat) }
})

const use = 'test'
const lockOf = (folder: string) => join(folder, `.${use}.lock`)

/** A process that holds the lock of a folder until it is killed. */
async function holder(folder: string) {
  const script = fileURLToPath(new URL('../boundary/programs/hold-lock.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, addonSource().path, lockOf(folder)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

it('lets one work at a time, whoever waits', async () => {
  const folder = temporaryFolder()
  let working = 0
  const turns: number[] = []
  const work = (turn: number) =>
    withFolderLock(folder, { use, patienceSeconds: 60 }, async () => {
      expect(++working).toBe(1)
      await delay(5)
      working--
      turns.push(turn)
    })
  await Promise.all([0, 1, 2, 3, 4].map(work))
  expect(turns.toSorted()).toEqual([0, 1, 2, 3, 4])
  expect(readdirSync(folder)).toEqual([])
})

it('refuses who does not wait, and names the holder; other uses go on', async () => {
  const folder = temporaryFolder()
  await withFolderLock(folder, { use }, async () => {
    const second = () => withFolderLock(folder, { use }, async () => 'second')
    expect(await failure('RUN_FOLDER_IN_USE', second)).toMatch(
      new RegExp(`^Expected no other run in ${folder}, got one of process ${process.pid} on [^ ]+\\.$`),
    )
    expect(await withFolderLock(folder, { use: 'other' }, async () => 'done')).toBe('done')
  })
  expect(await withFolderLock(folder, { use }, async () => 'third')).toBe('third')
})

it('ends with the work, however that ends', async () => {
  const folder = temporaryFolder()
  const reason = new Error('mine')
  await expect(withFolderLock(folder, { use }, () => Promise.reject(reason))).rejects.toBe(reason)
  expect(readdirSync(folder)).toEqual([])
})

it('keeps processes apart, and does not outlive one that is killed', async () => {
  const folder = temporaryFolder()
  const process = await holder(folder)
  const work = () => withFolderLock(folder, { use }, async () => 'done')
  expect(await failure('RUN_FOLDER_IN_USE', work)).toContain('got one of another process.')
  process.kill('SIGKILL')
  await once(process, 'exit')
  expect(existsSync(lockOf(folder))).toBe(true)
  expect(await work()).toBe('done')
  expect(readdirSync(folder)).toEqual([])
})

it('stops waiting when it is told to, and says once that it waits', async () => {
  const folder = temporaryFolder()
  writeFileSync(lockOf(folder), '')
  await holder(folder)
  const controller = new AbortController()
  let waits = 0
  const onWait = () => {
    waits++
    setTimeout(() => controller.abort(), 250)
  }
  const options = { use, patienceSeconds: Number.POSITIVE_INFINITY, signal: controller.signal, onWait }
  await failure('ABORTED', () => withFolderLock(folder, options, async () => 0))
  expect(waits).toBe(1)
})

it('names a folder that is not there', async () => {
  const folder = join(temporaryFolder(), 'missing')
  const message = await failure('WRITE_FAILED', () => withFolderLock(folder, { use }, async () => 0))
  expect(message).toBe(`Expected ${folder} to be writable, got ENOENT: no such file or directory.`)
})

it("leaves alone somebody else's lock, where the folder is made anew while it works", async () => {
  const folder = join(temporaryFolder(), 'run')
  const work = () => withFolderLock(folder, { use }, async () => 'done')
  mkdirSync(folder)
  await withFolderLock(folder, { use }, async () => {
    renameSync(folder, `${folder}-before`)
    mkdirSync(folder)
    await holder(folder)
  })
  expect(readdirSync(folder)).toEqual([`.${use}.lock`])
  await failure('RUN_FOLDER_IN_USE', work)
})

it('holds where a file has another number at every look, and is left there', async () => {
  const folder = temporaryFolder()
  const actual = await vi.importActual<typeof files>('node:fs/promises')
  const stat = vi.mocked(files.stat)
  onTestFinished(() => void stat.mockImplementation(actual.stat))
  let looks = 0n
  const renumbered = async (...given: Parameters<typeof files.stat>) =>
    Object.assign(await actual.stat(...given), { ino: ++looks })
  stat.mockImplementation(renumbered as typeof files.stat)
  const work = () => withFolderLock(folder, { use }, async () => 'done')
  await withFolderLock(folder, { use }, () => failure('RUN_FOLDER_IN_USE', work))
  expect(readdirSync(folder)).toEqual([`.${use}.lock`])
  expect(await work()).toBe('done')
})

it('makes no file where there is no addon, and says so', async () => {
  const folder = temporaryFolder()
  vi.resetModules()
  vi.stubEnv('ROBUST_FEATURES_ADDON', join(folder, 'none.node'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const { withFolderLock } = await import('../../src/data/folder-lock.js')
  const work = withFolderLock(folder, { use }, async () => 0)
  await expect(work).rejects.toMatchObject({ code: 'NATIVE_ADDON_UNAVAILABLE' })
  expect(readdirSync(folder)).toEqual([])
})
