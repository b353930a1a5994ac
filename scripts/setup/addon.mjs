import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { report, run, SetupError } from './command.mjs'
import { fingerprint, installedVersion, readStamp, writeStamp } from './fingerprint.mjs'
import { inProject, root } from './paths.mjs'
import { buildTools, findCompiler, requireTools } from './tools.mjs'

const addonFile = 'build/Release/robust_features.node'
const stampFile = 'build/addon.stamp.json'
const sourceFolders = ['cmake', 'kernels', 'engine', 'binding']

/** What CMake remembers from its first run: when any of it changes, building starts afresh. */
export function nativeConfiguration() {
  const { CXX, CXXFLAGS, ROBUST_FEATURES_OPENBLAS_ROOT } = process.env
  const versions = ['cmake-js', 'node-addon-api', 'node-api-headers'].map(installedVersion)
  return fingerprint(
    [root, process.platform, process.arch, versions, CXX, CXXFLAGS, ROBUST_FEATURES_OPENBLAS_ROOT],
    [],
  )
}

/** Options for CMake when the compiler it would choose by itself is too old. */
export function compilerOptions() {
  const compiler = findCompiler()
  return process.env.CXX || compiler === 'c++' ? undefined : compiler
}

/** The addon in build/Release, where node-gyp-build looks, is what the sources say. */
export const addon = {
  isCurrent() {
    const stamp = readStamp(stampFile)
    return (
      existsSync(inProject(addonFile)) &&
      stamp?.configuration === nativeConfiguration() &&
      stamp.sources === sources()
    )
  },

  async run() {
    await requireTools(buildTools)
    report('building the native addon')
    const stamp = { configuration: nativeConfiguration(), sources: sources() }
    if (readStamp(stampFile)?.configuration !== stamp.configuration) {
      rmSync(inProject('build', 'cmake'), { recursive: true, force: true })
    }
    await compileAddon()
    writeStamp(stampFile, stamp)
  },
}

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

function sources() {
  const folders = sourceFolders.map((name) => `native/${name}`)
  return fingerprint([], ['CMakeLists.txt', ...folders])
}
