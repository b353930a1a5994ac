import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { addonFiles, thisPlatform } from '../prebuilds/platforms.mjs'
import { inProject } from '../setup/paths.mjs'
import { output } from './process.mjs'

/**
 * What npm would publish, with this machine's addons as the prebuilt ones: the tarball, the addon's path in the package
 * and whether layered networks are in it.
 */
export async function packWithAddons(folder) {
  await output('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: inProject() })
  const packed = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '')
  await output('tar', ['-xzf', packed, '-C', folder])
  rmSync(join(folder, 'package', 'prebuilds'), { recursive: true, force: true })
  const { core, layered } = addonFiles(thisPlatform())
  for (const addon of [core, layered]) {
    const built = inProject('build', 'Release', `${basename(addon).split('.')[0]}.node`)
    mkdirSync(dirname(join(folder, 'package', addon)), { recursive: true })
    copyFileSync(built, join(folder, 'package', addon))
  }
  const tarball = join(folder, 'robust-features.tgz')
  await output('tar', ['-czf', tarball, '-C', folder, 'package'])
  return { tarball, core, prebuilds: join(folder, 'package', 'prebuilds') }
}

/** Bundlers, package managers and other versions of Node, at the versions of package-lock.json. */
export async function installTools(folder) {
  cpSync(inProject('scripts', 'consumers', 'bundle'), folder, { recursive: true })
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(inProject('scripts', 'consumers', name), join(folder, name))
  // Not `npm ci`, which wants every platform's optional packages in the lock file, while npm leaves some of them out.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  await output('npm', ['install', ...options], { cwd: folder })
  return { folder, nodes: nodesIn(folder), file: (...path) => join(folder, 'node_modules', ...path) }
}

/** The other versions of Node; none but on the platform that they are for. */
function nodesIn(folder) {
  const { optionalDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const nodes = Object.keys(optionalDependencies).map((name) =>
    join(folder, 'node_modules', name, 'bin', 'node'),
  )
  const missing = nodes.filter((path) => !existsSync(path))
  if (missing.length === 0) return nodes
  // npm leaves out an optional package that it cannot fetch, and says nothing.
  if (process.platform === 'linux' && process.arch === 'x64')
    throw new Error(`Expected npm to install every Node of the manifest, got none at ${missing.join(', ')}.`)
  return []
}

/** A project that wants the package and has the programs that use it. */
export function makeApplication(folder, { tarball }, files = {}) {
  cpSync(inProject('scripts', 'installed-package'), folder, { recursive: true })
  const dependencies = { 'robust-features': `file:${tarball}` }
  const manifest = { name: 'application', version: '1.0.0', private: true, type: 'module', dependencies }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
