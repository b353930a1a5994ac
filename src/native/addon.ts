import { resolve } from 'node:path'
import { findCore, lacksPrebuilds, packageFolder, publishedPlatforms } from './addon-file.js'
import { type AddonSource, addonLoader, setupCommand } from './addon-loader.js'
import type { NativeAddon } from './contract.js'

const ADDON_VARIABLE = 'ROBUST_FEATURES_ADDON'

const load = addonLoader<NativeAddon>({
  noun: 'a native addon',
  variable: ADDON_VARIABLE,
  find: () => findCore(),
  missing: () => {
    const { platform, arch } = process
    return missingAddon(platform, arch, packageFolder !== undefined, lacksPrebuilds(platform, arch))
  },
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

/** The file that `nativeAddon` loads, if there is one. */
export function addonPath(): string | undefined {
  const named = process.env[ADDON_VARIABLE]
  return named === undefined ? findCore() : resolve(named)
}

/**
 * What is supported, and the way out of each case: a bundle without the package, a package without its addons, Windows,
 * another platform.
 */
export function missingAddon(platform: string, arch: string, installed: boolean, lacking = false): string {
  const expected = `Expected a native addon for ${platform}-${arch}, got none`
  if (!installed)
    return (
      `${expected} beside this bundle; bundle with robust-features as external, put the package's prebuilds folder ` +
      `beside the bundle, or point ${ADDON_VARIABLE} to an addon (docs/bundling.md).`
    )
  if (lacking)
    return (
      `${expected}: this copy of the package has none for it, packed without \`npm run build:prebuilds\`, or lost it; ` +
      `build one with \`${setupCommand}\` or point ${ADDON_VARIABLE} to one.`
    )
  const published = `the package has them for ${publishedPlatforms.join(', ')}`
  if (platform === 'win32') return `${expected}; ${published}; on Windows use WSL 2.`
  return `${expected}; ${published}; elsewhere build one with \`${setupCommand}\` or point ${ADDON_VARIABLE} to one.`
}
