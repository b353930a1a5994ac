import { execFile } from 'node:child_process'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const sources = fileURLToPath(new URL('bench/peers/', import.meta.resolve('robust-features/package.json')))

/**
 * Installs what bench/peers/package.json names into a folder's node_modules: 300 MB that the development
 * of the package does without. No install script runs; the one of tfjs-node would download a library.
 *
 * @throws Error with npm's own words
 */
export async function installNodePeers(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) {
    await copyFile(join(sources, file), join(folder, file))
  }
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
}
