// What `npm publish` asks first: every platform's addons are in prebuilds/, for this version's commit and no other, with
// the licences of what they contain, and small enough.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { root } from '../setup/paths.mjs'
import { licences } from './licences.mjs'
import { addonFiles, nameOf, publishedPlatforms } from './platforms.mjs'

export const limits = { platform: 12e6, download: 25e6 }

/** What keeps the package in `folder` from being published, one sentence each; empty when nothing does. */
export function obstacles(folder) {
  const wanted = publishedPlatforms.flatMap((platform) => Object.values(addonFiles(platform)))
  const found = existsSync(join(folder, 'prebuilds'))
    ? readdirSync(join(folder, 'prebuilds'), { recursive: true })
        .filter((path) => path.endsWith('.node'))
        .map((path) => `prebuilds/${path}`)
    : []
  return [
    ...wanted.filter((path) => !found.includes(path)).map((path) => `Expected ${path}, got none.`),
    ...found
      .filter((path) => !wanted.includes(path))
      .map((path) => `Expected nothing else in prebuilds, got ${path}.`),
    ...licences
      .filter(({ file }) => !existsSync(join(folder, file)))
      .map(({ file }) => `Expected ${file}, got none.`),
    ...sizes(folder, found),
  ]
}

function sizes(folder, found) {
  const bytesOf = (files) =>
    files
      .filter((file) => found.includes(file))
      .reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0)
  const shares = publishedPlatforms.map((platform) => ({
    name: nameOf(platform),
    bytes: bytesOf(Object.values(addonFiles(platform))),
  }))
  const total = shares.reduce((sum, { bytes }) => sum + bytes, 0)
  return [
    ...shares
      .filter(({ bytes }) => bytes > limits.platform)
      .map(
        ({ name, bytes }) =>
          `Expected ${name} to take at most ${limits.platform} bytes gzipped, got ${bytes}.`,
      ),
    ...(total > limits.download
      ? [`Expected all platforms to take at most ${limits.download} bytes gzipped, got ${total}.`]
      : []),
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = obstacles(root)
  for (const obstacle of found) process.stderr.write(`${obstacle}\n`)
  if (found.length > 0) process.exitCode = 1
}
