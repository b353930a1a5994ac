import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { report } from './command.mjs'
import { inProject } from './paths.mjs'

const directory = inProject('.cache', 'setup.lock')
const ownerFile = join(directory, 'owner.json')
const pollMilliseconds = 300
// A lock taken on another machine (a shared folder) cannot be asked whether its process lives.
const foreignLockMilliseconds = 60 * 60 * 1000
// Between mkdir and the writing of owner.json a lock has no owner; one that stays so was killed there.
const ownerlessLockMilliseconds = 10 * 1000

/** Runs `work` while no other set-up of this folder does; waits for one that is under way. */
export async function withLock(work) {
  mkdirSync(dirname(directory), { recursive: true })
  let announced = false
  const leftovers = []
  while (!acquire()) {
    const holder = readOwner()
    if (isStale(holder)) leftovers.push(moveAside(holder))
    else if (!announced) {
      report(`waiting for another set-up${holder ? ` (process ${holder.process})` : ''}`)
      announced = true
    }
    await sleep(pollMilliseconds)
  }
  const release = () => {
    for (const path of [directory, ...leftovers]) rmSync(path, { recursive: true, force: true })
  }
  process.on('exit', release)
  try {
    await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function acquire() {
  try {
    mkdirSync(directory)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  const owner = { process: process.pid, machine: hostname(), token: `${process.pid}-${Date.now()}` }
  writeFileSync(ownerFile, JSON.stringify(owner))
  return true
}

function readOwner() {
  try {
    return JSON.parse(readFileSync(ownerFile, 'utf8'))
  } catch {
    return undefined
  }
}

function ageMilliseconds() {
  try {
    return Date.now() - statSync(directory).mtimeMs
  } catch {
    return 0
  }
}

function isStale(holder) {
  if (!holder) return ageMilliseconds() > ownerlessLockMilliseconds
  if (holder.machine !== hostname()) return ageMilliseconds() > foreignLockMilliseconds
  try {
    process.kill(holder.process, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

// The name carries the dead holder's token and the folder stays until the end: if two processes saw the
// same dead holder, the slower one cannot move the faster one's new lock away, for the rename would fail.
function moveAside(holder) {
  const aside = `${directory}.stale-${holder?.token ?? 'without-owner'}`
  try {
    renameSync(directory, aside)
    writeFileSync(join(aside, 'moved'), '')
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error
  }
  return aside
}
