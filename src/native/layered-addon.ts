import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { addonPath } from './addon.js'
import { type AddonSource, addonLoader, setupCommand } from './addon-loader.js'
import type { LayeredAddon } from './layered-contract.js'

const ADDON_VARIABLE = 'ROBUST_FEATURES_LAYERED_ADDON'

const load = addonLoader<LayeredAddon>({
  variable: ADDON_VARIABLE,
  locate: findAddon,
  message: (reason) =>
    `Expected an addon of layered networks for ${process.platform}-${process.arch}, got none that loads (${reason}); ` +
    `it needs oneDNN, which \`${setupCommand}\` installs before it builds the addon, or point ${ADDON_VARIABLE} to one.`,
})

/**
 * The addon of layered networks, loaded on first use: the file `ROBUST_FEATURES_LAYERED_ADDON` names, else the one
 * beside the core's addon.
 *
 * @throws RobustFeaturesError `NATIVE_ADDON_UNAVAILABLE`, saying how to get one
 */
export function layeredAddon(): LayeredAddon {
  return load().addon
}

/** Which file the addon of layered networks was loaded from. */
export function layeredAddonSource(): AddonSource {
  return load().source
}

/** Beside a local build; among prebuilds in a folder of its own, for node-gyp-build takes any file of the core's. */
function findAddon(): string {
  const core = addonPath()
  const name = basename(core).replace('robust_features', 'robust_features_layered')
  const places = [join(dirname(core), name), join(dirname(core), 'layered', name)]
  const found = places.find((path) => path !== core && existsSync(path))
  if (found === undefined) throw new Error('this build is without oneDNN')
  return found
}
