import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { report, run, SetupError } from '../setup/command.mjs'
import { readStamp, writeStamp } from '../setup/fingerprint.mjs'
import { inProject } from '../setup/paths.mjs'
import { debianMirror, unpackDebianSource } from './debian-source.mjs'

/**
 * A library's unpacked source: the folder its variable names, else the one kept in build/prebuild, else fetched there:
 * Debian's source package on a Debian, the pinned release elsewhere.
 *
 * @returns the folder, and where it came from
 */
export async function sourceOf(name, { title, version, variable, release, debian }) {
  const given = process.env[variable]
  if (given) {
    if (!existsSync(join(given, 'LICENSE')))
      throw new SetupError(`Expected ${variable} to name the unpacked source of ${title}, got ${given}.`)
    return { folder: resolve(given), origin: variable }
  }
  const workspace = inProject('build', 'prebuild', name)
  const folder = join(workspace, 'source')
  const stampFile = join('build', 'prebuild', name, 'source.json')
  const kept = readStamp(stampFile)
  if (kept?.version === version && existsSync(join(folder, 'LICENSE'))) return { folder, origin: kept.origin }

  rmSync(workspace, { recursive: true, force: true })
  mkdirSync(workspace, { recursive: true })
  const origin = await fetchSource({ title, version, variable, release, debian }, workspace, folder)
  writeStamp(stampFile, { version, origin })
  return { folder, origin }
}

async function fetchSource({ title, version, variable, release, debian }, workspace, folder) {
  report(`fetching the source of ${title} ${version}`)
  const mirror = debianMirror()
  if (mirror !== undefined) {
    await unpackDebianSource(debian, mirror, { workspace: join(workspace, 'debian'), destination: folder })
    return `Debian source package ${debian.package} ${debian.version}`
  }
  const archive = await download(release.url, variable)
  checkDigest(archive, release)
  await unpackRelease(archive, workspace, folder)
  return release.url
}

async function download(url, variable) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(120_000) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return Buffer.from(await response.arrayBuffer())
  } catch (error) {
    const reason = error.cause?.code ?? error.message
    throw new SetupError(
      `Expected to download ${url}, got ${reason}; unpack it by hand and point ${variable} to the folder.`,
    )
  }
}

/** Throws unless the archive is the pinned one. */
export function checkDigest(archive, { url, sha256 }) {
  const found = createHash('sha256').update(archive).digest('hex')
  if (found !== sha256) throw new SetupError(`Expected ${url} to have SHA-256 ${sha256}, got ${found}.`)
}

async function unpackRelease(archive, workspace, folder) {
  const file = join(workspace, 'release.tar.gz')
  const unpacked = join(workspace, 'unpacked')
  mkdirSync(unpacked)
  writeFileSync(file, archive)
  await run('tar', ['-xzf', file, '-C', unpacked, '--strip-components=1'])
  renameSync(unpacked, folder)
  rmSync(file)
}
