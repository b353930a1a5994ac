import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { report, run } from './command.mjs'
import { fingerprint, installedVersion, readStamp, writeStamp } from './fingerprint.mjs'
import { inProject, root } from './paths.mjs'
import { buildTools, findCompiler, hasNinja, requireTools } from './tools.mjs'

/**
 * A step of set-up that builds C++: current as long as `output` is there and neither the sources nor what CMake remembers
 * have changed; begun afresh in `folder` when the latter has.
 */
export function nativeBuild({ what, folder, output, stampFile, sourcePaths, build }) {
  const sources = () => fingerprint([], ['CMakeLists.txt', ...sourcePaths])
  return {
    isCurrent() {
      const stamp = readStamp(stampFile)
      return (
        existsSync(inProject(output)) &&
        stamp?.configuration === configuration() &&
        stamp.sources === sources()
      )
    },

    async run() {
      await requireTools(buildTools)
      report(`building ${what}`)
      const stamp = { configuration: configuration(), sources: sources() }
      if (readStamp(stampFile)?.configuration !== stamp.configuration) {
        rmSync(inProject(folder), { recursive: true, force: true })
      }
      await build()
      writeStamp(stampFile, stamp)
    },
  }
}

/** Configures and builds the project in `directory`, without the addon and with further options for CMake. */
export async function buildWithCmake(directory, options) {
  const compiler = compilerOptions()
  await run('cmake', [
    '-S',
    root,
    '-B',
    directory,
    '-DROBUST_FEATURES_ADDON=OFF',
    ...(hasNinja() ? ['-GNinja'] : []),
    ...(compiler ? [`-DCMAKE_CXX_COMPILER=${compiler}`] : []),
    ...options,
  ])
  await run('cmake', ['--build', directory, '--parallel', String(availableParallelism())])
}

/** Options for CMake when the compiler it would choose by itself is too old. */
export function compilerOptions() {
  const compiler = findCompiler()
  return process.env.CXX || compiler === 'c++' ? undefined : compiler
}

/** What CMake remembers from its first run. */
function configuration() {
  const { CXX, CXXFLAGS, ROBUST_FEATURES_OPENBLAS_ROOT } = process.env
  const versions = ['cmake-js', 'node-addon-api', 'node-api-headers'].map(installedVersion)
  return fingerprint(
    [root, process.platform, process.arch, versions, CXX, CXXFLAGS, ROBUST_FEATURES_OPENBLAS_ROOT],
    [],
  )
}
