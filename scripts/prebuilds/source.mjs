import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { report, run, SetupError } from '../setup/command.mjs'
import { fingerprint, readStamp, writeStamp } from '../setup/fingerprint.mjs'
import { inProject } from '../setup/paths.mjs'
import { debianMirror, unpackDebianSource } from './debian-source.mjs'

/**
 * A library's unpacked source: the folder its variable names, else the one kept in build/prebuild, else fetched there:
 * Debian's source package on a Debian whose mirror has it, the pinned release elsewhere.
 *
 * @returns the folder, where it came from, and an identity that two sources share only if they are the same files: those in
 *   a folder of somebody's may change while its name stays, so it has another each time
 */
export async function sourceOf(name, { title, version, variable, release, debian }) {
  const given = process.env[variable]
  if (given) {
    if (!existsSync(join(given, 'LICENSE')))
      throw new SetupError(`Expected ${variable} to name the unpacked source of ${title}, got ${given}.`)
    return { folder: resolve(given), origin: variable, identity: randomUUID() }
  }
  const workspace = inProject('build', 'prebuild', name)
  const folder = join(workspace, 'source')
  const stampFile = join('build', 'prebuild', name, 'source.json')
  const pin = fingerprint([version, release, debian], [])
  const kept = readStamp(stampFile)
  if (kept?.pin === pin && existsSync(join(folder, 'LICENSE')))
    return { folder, origin: kept.origin, identity: kept.origin }

  rmSync(workspace, { recursive: true, force: true })
  mkdirSync(workspace, { recursive: true })
  const origin = await fetchSource({ title, version, variable, release, debian }, workspace, folder)
  writeStamp(stampFile, { pin, origin })
  return { folder, origin, identity: origin }
}

async function fetchSource({ title, version, variable, release, debian }, workspace, folder) {
  report(`fetching the source of ${title} ${version}`)
  const mirror = debianMirror()
  if (mirror !== undefined) {
    const name = `${debian.package} ${debian.version}`
    const folders = { workspace: join(workspace, 'debian'), destination: folder }
    if (await unpackDebianSource(debian, mirror, folders)) return `Debian source package ${name}`
    report(`${mirror} has no source package ${name}; fetching ${release.url}`)
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
