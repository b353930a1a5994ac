import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf, report } from '../setup/command.mjs'
import { fingerprint, readStamp, writeStamp } from '../setup/fingerprint.mjs'
import { inProject } from '../setup/paths.mjs'
import { findCompiler } from '../setup/tools.mjs'
import { pinned } from './pinned.mjs'
import { thisPlatform } from './platforms.mjs'
import { sourceOf } from './source.mjs'

/**
 * A library built static into build/prebuild/<name>/root, once per version, recipe, compiler and platform.
 *
 * @param build called with the source, the folder to build in and the prefix to install to
 * @returns its prefix, its source and where that came from
 */
export async function staticLibrary(name, options, build) {
  const description = pinned[name]
  const { folder: source, origin } = await sourceOf(name, description)
  const stampFile = join('build', 'prebuild', name, 'built.json')
  const root = inProject('build', 'prebuild', name, 'root')
  const key = fingerprint(
    [description.version, origin, options, compilerVersion(), thisPlatform()],
    [`scripts/prebuilds/${name}.mjs`],
  )
  const result = { ...description, source, origin, root, options }
  if (readStamp(stampFile)?.key === key && existsSync(root)) return result

  const directory = inProject('build', 'prebuild', name, 'build')
  // What a build was begun with is remembered, so that one that was interrupted goes on.
  const begunFile = join('build', 'prebuild', name, 'begun.json')
  if (readStamp(begunFile)?.key !== key) rmSync(directory, { recursive: true, force: true })
  rmSync(root, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  writeStamp(begunFile, { key })
  report(`building ${description.title} ${description.version} (${origin})`)
  const start = Date.now()
  await build({ source, directory, root, options })
  report(`${description.title} built in ${Math.round((Date.now() - start) / 1000)} s`)
  writeStamp(stampFile, { key })
  return result
}

function compilerVersion() {
  const [command = 'c++', ...args] = (findCompiler() ?? 'c++').split(' ')
  return outputOf(command, [...args, '--version'])?.split('\n')[0]
}
