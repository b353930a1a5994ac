import { addonPath } from './addon.js'
import { findLayered } from './addon-file.js'
import { type AddonSource, addonLoader, setupCommand } from './addon-loader.js'
import type { LayeredAddon } from './layered-contract.js'

const ADDON_VARIABLE = 'ROBUST_FEATURES_LAYERED_ADDON'

const load = addonLoader<LayeredAddon>({
  noun: 'an addon of layered networks',
  variable: ADDON_VARIABLE,
  find: () => {
    const core = addonPath()
    return core === undefined ? undefined : findLayered(core)
  },
  missing: () =>
    `Expected an addon of layered networks for ${process.platform}-${process.arch}, got none beside ` +
    `${addonPath() ?? 'the native addon, which is missing too'}; it needs oneDNN, which \`${setupCommand}\` ` +
    `installs before it builds the addon, or point ${ADDON_VARIABLE} to one.`,
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
