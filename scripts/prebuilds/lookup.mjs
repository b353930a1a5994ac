import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inProject } from '../setup/paths.mjs'
import { runDoctor } from './run-doctor.mjs'

/**
 * Whether the package finds both addons by itself, by platform, architecture and C library, and that of layered networks
 * beside the other: in a copy of what is installed, for in this folder a local build comes first.
 */
export function lookupRow(addons) {
  const folder = inProject('build', 'prebuild', 'package')
  rmSync(folder, { recursive: true, force: true })
  for (const name of ['package.json', 'dist', 'prebuilds'])
    cpSync(inProject(name), join(folder, name), { recursive: true })
  const { status, stdout, stderr } = runDoctor({ folder })
  const found = status === 0 ? JSON.parse(stdout) : undefined
  return lookupRowOf({ core: found?.addon, layered: found?.layered.addon }, addons, folder, stderr)
}

/** From where doctor says that the addons are. */
export function lookupRowOf(found, addons, folder, message) {
  const isRight = (name) =>
    found[name]?.kind === 'prebuild' && found[name].path === join(folder, addons[name])
  const passed = Object.keys(addons).every(isRight)
  const places = Object.values(found).map((source) => `${source?.kind} ${source?.path}`)
  return {
    check: 'addons that the package finds by itself',
    measured: passed ? 'both prebuilds' : message.trim() || places.join(', '),
    passed,
  }
}
