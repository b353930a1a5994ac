import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RobustFeaturesError } from './errors.js'

/** Where an addon came from, for `robust-features doctor`. */
export interface AddonSource {
  readonly kind: 'environment variable' | 'local build' | 'prebuild'
  readonly path: string
}

export interface LoadedAddon<Addon> {
  readonly addon: Addon
  readonly source: AddonSource
}

/** The nearest folder upwards with a package.json: this file runs from src/ in tests and from dist/ when installed. */
export const packageRoot = findPackageRoot()
const requireFile = createRequire(import.meta.url)

/**
 * A function that loads an addon on its first call: the file the environment variable names, else the one `locate` finds.
 *
 * @param message of the error when that fails, from the reason
 * @throws RobustFeaturesError from that function, `NATIVE_ADDON_UNAVAILABLE`
 */
export function addonLoader<Addon extends { setErrorClass(errorClass: typeof RobustFeaturesError): void }>({
  variable,
  locate,
  message,
}: {
  variable: string
  locate: () => string
  message: (reason: string) => string
}): () => LoadedAddon<Addon> {
  let loaded: LoadedAddon<Addon> | undefined
  return () => {
    if (loaded !== undefined) return loaded
    try {
      const path = process.env[variable] ?? locate()
      const addon = requireFile(path) as Addon
      addon.setErrorClass(RobustFeaturesError)
      loaded = { addon, source: { kind: sourceKind(path, variable), path } }
      return loaded
    } catch (cause) {
      const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
      throw new RobustFeaturesError('NATIVE_ADDON_UNAVAILABLE', message(reason), { cause })
    }
  }
}

/** `node …/scripts/setup/main.mjs`, which builds the addons. */
export const setupCommand = `node ${join(packageRoot, 'scripts', 'setup', 'main.mjs')}`

function sourceKind(path: string, variable: string): AddonSource['kind'] {
  if (process.env[variable] !== undefined) return 'environment variable'
  return path.startsWith(join(packageRoot, 'prebuilds')) ? 'prebuild' : 'local build'
}

function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}
