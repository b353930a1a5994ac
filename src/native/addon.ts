import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NativeAddon } from './contract.js'
import { RobustFeaturesError } from './errors.js'

/** Where the addon came from, for `robust-features doctor`. */
export interface AddonSource {
  readonly kind: 'environment variable' | 'local build' | 'prebuild'
  readonly path: string
}

const ADDON_VARIABLE = 'ROBUST_FEATURES_ADDON'
const packageRoot = findPackageRoot()

let loaded: { addon: NativeAddon; source: AddonSource } | undefined

/**
 * The native addon, loaded on first use: the file `ROBUST_FEATURES_ADDON` names, else the local build, else the
 * prebuild for this platform.
 *
 * @throws RobustFeaturesError `NATIVE_ADDON_UNAVAILABLE`, saying how to get one
 */
export function nativeAddon(): NativeAddon {
  return load().addon
}

/** Which file the addon was loaded from. */
export function addonSource(): AddonSource {
  return load().source
}

function load() {
  if (loaded !== undefined) return loaded
  const require = createRequire(import.meta.url)
  try {
    const path = process.env[ADDON_VARIABLE] ?? resolveAddon(require)
    const addon = require(path) as NativeAddon
    addon.setErrorClass(RobustFeaturesError)
    loaded = { addon, source: { kind: sourceKind(path), path } }
    return loaded
  } catch (cause) {
    throw new RobustFeaturesError('NATIVE_ADDON_UNAVAILABLE', diagnosis(cause), { cause })
  }
}

function resolveAddon(require: NodeJS.Require): string {
  const nodeGypBuild = require('node-gyp-build') as { resolve(directory: string): string }
  return nodeGypBuild.resolve(packageRoot)
}

function sourceKind(path: string): AddonSource['kind'] {
  if (process.env[ADDON_VARIABLE] !== undefined) return 'environment variable'
  return path.startsWith(join(packageRoot, 'prebuilds')) ? 'prebuild' : 'local build'
}

function diagnosis(cause: unknown): string {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
  const setup = join(packageRoot, 'scripts', 'setup', 'main.mjs')
  return (
    `Expected a native addon for ${process.platform}-${process.arch}, got none that loads (${reason}); ` +
    `build it with \`node ${setup}\` or point ${ADDON_VARIABLE} to one.`
  )
}

/** The nearest folder upwards with a package.json: this file runs from src/ in tests and from dist/ when installed. */
function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}
