import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run, SetupError } from './command.mjs'
import { compilerOptions, nativeBuild } from './native-build.mjs'
import { inProject, root } from './paths.mjs'

const addonFile = 'build/Release/robust_features.node'

/** The addon in build/Release, where node-gyp-build looks, is what the sources say. */
export const addon = nativeBuild({
  what: 'the native addon',
  folder: 'build/cmake',
  output: addonFile,
  stampFile: 'build/addon.stamp.json',
  sourcePaths: ['native/cmake', 'native/kernels', 'native/engine', 'native/layered', 'native/binding'],
  build: compileAddon,
})

/** Calls cmake-js, which calls CMake; used by set-up and by binding.gyp. */
export async function compileAddon() {
  const compiler = compilerOptions()
  const output = await run(
    process.execPath,
    [
      inProject('node_modules', 'cmake-js', 'bin', 'cmake-js'),
      'build',
      `--directory=${root}`,
      `--out=${inProject('build', 'cmake')}`,
      `--parallel=${availableParallelism()}`,
      `--CDROBUST_FEATURES_ADDON_DIRECTORY=${inProject('build', 'Release')}`,
      ...(compiler
        ? [`--cxx=${compiler}`, `--cc=${compiler.replace('clang++', 'clang').replace('g++', 'gcc')}`]
        : []),
    ],
    { cwd: root },
  )
  if (!existsSync(inProject(addonFile)))
    throw new SetupError(`${output}\nExpected the build to write ${addonFile}, got none.`)
}
