import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { addonFiles } from './platforms.mjs'

/** Bytes of the download: of one platform's addons, and of all that is published. */
export const limits = { platform: 12e6, download: 25e6 }

/** What a platform's addons, as far as they are there, add to the package: compressed as npm does. */
export function gzippedBytes(folder, platform) {
  const addons = Object.values(addonFiles(platform))
    .map((file) => join(folder, file))
    .filter((path) => existsSync(path))
  return gzipSync(Buffer.concat(addons.map((path) => readFileSync(path))), { level: 9 }).length
}
