import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type AddonSource, addonLoader, packageRoot, setupCommand } from './addon-loader.js'
import type { NativeAddon } from './contract.js'

const ADDON_VARIABLE = 'ROBUST_FEATURES_ADDON'

const load = addonLoader<NativeAddon>({
  variable: ADDON_VARIABLE,
  locate: findAddon,
  message: (reason) =>
    `Expected a native addon for ${process.platform}-${process.arch}, got none that loads (${reason}); ` +
    `build it with \`${setupCommand}\` or point ${ADDON_VARIABLE} to one.`,
})

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

/** The file that `nativeAddon` loads. */
export function addonPath(): string {
  return process.env[ADDON_VARIABLE] ?? findAddon()
}

function findAddon(): string {
  // node-gyp-build takes any file of build/Release, and the addon of layered networks lies there too.
  const localBuild = join(packageRoot, 'build', 'Release', 'robust_features.node')
  if (existsSync(localBuild)) return localBuild
  const require = createRequire(import.meta.url)
  const nodeGypBuild = require('node-gyp-build') as { resolve(directory: string): string }
  return nodeGypBuild.resolve(packageRoot)
}
