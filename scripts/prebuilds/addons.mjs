import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { runCmakeJs } from '../setup/addon.mjs'
import { report, run } from '../setup/command.mjs'
import { layeredOption } from '../setup/native-build.mjs'
import { buildNativeTests } from '../setup/native-tests.mjs'
import { inProject } from '../setup/paths.mjs'
import { addonFiles } from './platforms.mjs'

const release = 'build/prebuild/addons/Release'

/** What CMake is told to take these libraries instead of the system's. */
const rootsOf = ({ openblas, onednn }) => [
  `ROBUST_FEATURES_OPENBLAS_ROOT=${openblas.root}`,
  `ROBUST_FEATURES_ONEDNN_ROOT=${onednn.root}`,
]

/** Both addons, self-contained, in prebuilds/. */
export async function buildAddons(platform, libraries) {
  report('building the addons of prebuilds')
  const options = [layeredOption(true), 'ROBUST_FEATURES_SELF_CONTAINED=ON', ...rootsOf(libraries)]
  await runCmakeJs('build/prebuild/addons', release, options)
  const { core, layered } = addonFiles(platform)
  for (const [built, shipped] of [
    ['robust_features.node', core],
    ['robust_features_layered.node', layered],
  ]) {
    mkdirSync(dirname(inProject(shipped)), { recursive: true })
    // Not over the old file: a process that has it loaded would read the new one's pages.
    rmSync(inProject(shipped), { force: true })
    copyFileSync(inProject(release, built), inProject(shipped))
    await strip(platform, inProject(shipped))
  }
}

async function strip({ platform }, file) {
  if (platform !== 'darwin') return run('strip', ['--strip-all', file])
  await run('strip', ['-x', file])
  // What has been changed has to be signed again, or it does not load.
  await run('codesign', ['--force', '--sign', '-', file])
}

/** The native tests, linked with the very libraries that the addons contain; returns their folder. */
export async function buildTestsOfLibraries(libraries) {
  report('building the native tests with the libraries of prebuilds')
  const folder = inProject('build', 'prebuild', 'tests')
  await buildNativeTests(
    folder,
    true,
    rootsOf(libraries).map((option) => `-D${option}`),
  )
  return folder
}
