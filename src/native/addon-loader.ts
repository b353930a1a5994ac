import { basename, dirname, join, resolve } from 'node:path'
import { packageFolder } from './addon-file.js'
import { RobustFeaturesError } from './errors.js'
import { createRequire, moduleUrl } from './run-time-require.js'

/** Where an addon came from, for `robust-features doctor`. */
export interface AddonSource {
  readonly kind: 'environment variable' | 'local build' | 'prebuild'
  readonly path: string
}

export interface LoadedAddon<Addon> {
  readonly addon: Addon
  readonly source: AddonSource
}

const requireFile = createRequire(moduleUrl)

/** `node …/scripts/setup/main.mjs`, which builds the addons. */
export const setupCommand = `node ${join(packageFolder ?? 'node_modules/robust-features', 'scripts', 'setup', 'main.mjs')}`

/**
 * A function that loads an addon on its first call: the file the environment variable names, else the one `find` finds.
 *
 * @param noun of the addon, for messages
 * @param missing what the error says where `find` finds none
 * @throws RobustFeaturesError from that function, `NATIVE_ADDON_UNAVAILABLE`
 */
export function addonLoader<Addon extends { setErrorClass(errorClass: typeof RobustFeaturesError): void }>({
  noun,
  variable,
  find,
  missing,
}: {
  noun: string
  variable: string
  find: () => string | undefined
  missing: () => string
}): () => LoadedAddon<Addon> {
  let loaded: LoadedAddon<Addon> | undefined
  return () => {
    if (loaded !== undefined) return loaded
    const named = process.env[variable]
    const path = named === undefined ? find() : resolve(named)
    if (path === undefined) throw new RobustFeaturesError('NATIVE_ADDON_UNAVAILABLE', missing())
    try {
      const addon = requireFile(path) as Addon
      addon.setErrorClass(RobustFeaturesError)
      loaded = { addon, source: { kind: sourceKind(path, named), path } }
      return loaded
    } catch (cause) {
      const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
      const message =
        named === undefined
          ? `Expected ${noun} that loads, got ${path} (${reason}); build it with \`${setupCommand}\` or point ${variable} to one.`
          : `Expected ${variable} to name ${noun} that loads, got ${path} (${reason}); correct or unset it, or build one with \`${setupCommand}\`.`
      throw new RobustFeaturesError('NATIVE_ADDON_UNAVAILABLE', message, { cause })
    }
  }
}

function sourceKind(path: string, named: string | undefined): AddonSource['kind'] {
  if (named !== undefined) return 'environment variable'
  return basename(dirname(path)) === 'Release' ? 'local build' : 'prebuild'
}
