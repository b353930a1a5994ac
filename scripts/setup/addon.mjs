import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run, SetupError } from './command.mjs'
import { compilerOptions, layeredOption, nativeBuild } from './native-build.mjs'
import { inProject, root } from './paths.mjs'

const addonFile = 'build/Release/robust_features.node'
const layeredAddonFile = 'build/Release/robust_features_layered.node'

/** The addon in build/Release, and that of layered networks where oneDNN is, are what the sources say. */
export const addon = nativeBuild({
  what: 'the native addons',
  folder: 'build/cmake',
  output: addonFile,
  stampFile: 'build/addon.stamp.json',
  sourcePaths: ['native/cmake', 'native/kernels', 'native/engine', 'native/layered', 'native/binding'],
  build: compileAddon,
})

/**
 * Builds the addons into build/Release; used by set-up and by binding.gyp.
 *
 * @param layered whether to build the addon of layered networks too
 */
export async function compileAddon(layered) {
  if (!layered) rmSync(inProject(layeredAddonFile), { force: true })
  const output = await runCmakeJs('build/cmake', 'build/Release', [layeredOption(layered)])
  for (const file of layered ? [addonFile, layeredAddonFile] : [addonFile]) {
    if (!existsSync(inProject(file)))
      throw new SetupError(`${output}\nExpected the build to write ${file}, got none.`)
  }
}

/** Calls cmake-js, which calls CMake: builds in `folder`, writes the addons to `release`; returns what it printed. */
export function runCmakeJs(folder, release, options) {
  const compiler = compilerOptions()
  return run(
    process.execPath,
    [
      inProject('node_modules', 'cmake-js', 'bin', 'cmake-js'),
      'build',
      `--directory=${root}`,
      `--out=${inProject(folder)}`,
      `--parallel=${availableParallelism()}`,
      `--CDROBUST_FEATURES_ADDON_DIRECTORY=${inProject(release)}`,
      ...options.map((option) => `--CD${option}`),
      ...(compiler
        ? [`--cxx=${compiler}`, `--cc=${compiler.replace('clang++', 'clang').replace('g++', 'gcc')}`]
        : []),
    ],
    { cwd: root },
  )
}
