import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf } from '../setup/command.mjs'
import { addonFiles, nameOf } from './platforms.mjs'

/** What was built for a platform and from which commit, beside its addons; for publishing, and not published. */
export const recordFile = (platform) => `prebuilds/${nameOf(platform)}.json`

/** The commit of a folder, with `-dirty` behind it if files differ from it or are new; undefined outside a repository. */
export function commitOf(folder) {
  // The folder may be another user's, as it is in a container.
  const git = (...args) => outputOf('git', ['-c', 'safe.directory=*', ...args], { cwd: folder })?.trim()
  const commit = git('rev-parse', '--verify', 'HEAD')
  return commit && (git('status', '--porcelain') === '' ? commit : `${commit}-dirty`)
}

/** Writes the record of a platform whose addons have passed their checks. */
export function writeRecord(folder, platform, commit) {
  const files = Object.values(addonFiles(platform))
  const sha256 = Object.fromEntries(files.map((file) => [file, digestOf(join(folder, file))]))
  writeFileSync(join(folder, recordFile(platform)), `${JSON.stringify({ commit, sha256 }, undefined, 2)}\n`)
}

export const removeRecord = (folder, platform) => rmSync(join(folder, recordFile(platform)), { force: true })

/** In what the record of a platform differs from its files and the commit, one sentence each; nothing of what is missing. */
export function differences(folder, platform, commit) {
  const file = recordFile(platform)
  if (!existsSync(join(folder, file))) return []
  const record = parsed(readFileSync(join(folder, file), 'utf8'))
  return [
    ...(commit !== undefined && record?.commit === commit
      ? []
      : [`Expected ${file} to be of commit ${commit}, got ${record?.commit}.`]),
    ...Object.values(addonFiles(platform))
      .filter((addon) => existsSync(join(folder, addon)))
      .filter((addon) => record?.sha256?.[addon] !== digestOf(join(folder, addon)))
      .map((addon) => `Expected ${addon} to be the file that ${file} names, got another.`),
  ]
}

const digestOf = (path) => createHash('sha256').update(readFileSync(path)).digest('hex')

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
