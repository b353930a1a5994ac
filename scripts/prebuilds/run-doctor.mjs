import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'

/**
 * `doctor --json` of the package in `folder`.
 *
 * @param addons paths of the two to load; without them those that the package finds
 * @param emulator command and arguments that Node is run with
 */
export function runDoctor({ folder = root, addons, emulator = [] }) {
  const [command, ...args] = [...emulator, process.execPath, join(folder, 'dist', 'cli', 'main.js')]
  return spawnSync(command, [...args, 'doctor', '--json'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      // Symbols that nothing provides are found now, not at the first call.
      LD_BIND_NOW: '1',
      ROBUST_FEATURES_ADDON: addons && join(root, addons.core),
      ROBUST_FEATURES_LAYERED_ADDON: addons && join(root, addons.layered),
    },
  })
}
