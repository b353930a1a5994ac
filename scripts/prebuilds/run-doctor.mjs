import { spawnSync } from 'node:child_process'
import { inProject } from '../setup/paths.mjs'

/** `doctor --json` with the given addons, in an emulator if one is named. */
export function runDoctor({ core, layered }, emulator = []) {
  const [command, ...args] = [...emulator, process.execPath, inProject('dist', 'cli', 'main.js')]
  return spawnSync(command, [...args, 'doctor', '--json'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      // Symbols that nothing provides are found now, not at the first call.
      LD_BIND_NOW: '1',
      ROBUST_FEATURES_ADDON: inProject(core),
      ROBUST_FEATURES_LAYERED_ADDON: inProject(layered),
    },
  })
}
