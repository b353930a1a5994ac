// What becomes of a lock that the operating system refuses, reason by reason, as JSON: preloaded, another `flock` answers
// with the error number in an environment variable.
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { withFolderLock } from '../../../dist/data/folder-lock.js'
import { loadAddon } from './load.mjs'

const [, , addonPath, ...reasons] = process.argv
const addon = loadAddon(addonPath)
const folder = mkdtempSync(join(tmpdir(), 'robust-features-'))
const file = openSync(join(folder, 'file'), 'a')

/** The addon's answer, and what becomes of work in the folder. */
async function answers(reason) {
  process.env.REFUSED_WITH = String(constants.errno[reason])
  let answer
  try {
    answer = addon.tryLock(file)
  } catch ({ code, message }) {
    answer = `${code} ${message}`
  }
  const work = await withFolderLock(folder, { use: 'test' }, async () => 'done').catch(
    ({ code, message }) => `${code} ${message.replace(folder, 'FOLDER')}`,
  )
  return [answer, work]
}

const found = {}
for (const reason of reasons) found[reason] = await answers(reason)
console.log(JSON.stringify(found))
rmSync(folder, { recursive: true })
