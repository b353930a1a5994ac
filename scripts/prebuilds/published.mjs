// What `npm publish` asks first: every platform's addons are in prebuilds/, built from this commit and no other, with the
// licences of what they contain and the JavaScript of these sources, and small enough.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inProject, root } from '../setup/paths.mjs'
import { typescript } from '../setup/typescript.mjs'
import { filesBelow } from './files-below.mjs'
import { licences } from './licences.mjs'
import { packed } from './packed.mjs'
import { addonFiles, nameOf, publishedPlatforms } from './platforms.mjs'
import { commitOf, differences, recordFile } from './record.mjs'
import { gzippedBytes, limits } from './sizes.mjs'

/**
 * What keeps the package in `folder` from being published, one sentence each; empty when nothing does.
 *
 * @param facts the commit, whether dist/ is compiled from src/, and the bytes of the tarball
 */
export function obstacles(folder, { commit, distIsCurrent, packedBytes }) {
  const wanted = publishedPlatforms.flatMap((platform) => [
    ...Object.values(addonFiles(platform)),
    recordFile(platform),
  ])
  const found = filesOfPrebuilds(folder)
  return [
    ...wanted.filter((path) => !found.includes(path)).map((path) => `Expected ${path}, got none.`),
    ...found
      .filter((path) => !wanted.includes(path))
      .map((path) => `Expected nothing else in prebuilds, got ${path}.`),
    ...publishedPlatforms.flatMap((platform) => differences(folder, platform, commit)),
    ...licences
      .filter(({ file }) => !existsSync(join(folder, file)))
      .map(({ file }) => `Expected ${file}, got none.`),
    ...(distIsCurrent ? [] : ['Expected dist to be compiled from src, got none or an older one.']),
    ...publishedPlatforms.flatMap((platform) => tooLarge(folder, platform)),
    ...(packedBytes > limits.download
      ? [`Expected a package of at most ${limits.download} bytes, got ${packedBytes}.`]
      : []),
  ]
}

function filesOfPrebuilds(folder) {
  const prebuilds = join(folder, 'prebuilds')
  return existsSync(prebuilds) ? filesBelow(prebuilds).map((path) => path.slice(folder.length + 1)) : []
}

function tooLarge(folder, platform) {
  const bytes = gzippedBytes(folder, platform)
  if (bytes <= limits.platform) return []
  return [`Expected ${nameOf(platform)} to take at most ${limits.platform} bytes gzipped, got ${bytes}.`]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = obstacles(root, {
    commit: commitOf(root),
    distIsCurrent: typescript.isCurrent() && existsSync(inProject('dist', 'cli', 'main.js')),
    packedBytes: packed(root).size,
  })
  for (const obstacle of found) process.stderr.write(`${obstacle}\n`)
  if (found.length > 0) process.exitCode = 1
}
