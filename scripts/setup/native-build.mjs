import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { report, run } from './command.mjs'
import { fingerprint, installedVersion, readStamp, writeStamp } from './fingerprint.mjs'
import { inProject, root } from './paths.mjs'
import { buildTools, findCompiler, hasNinja, hasTool, requireTools, tryTool } from './tools.mjs'

/**
 * A step of set-up that builds C++: current as long as `output` is there and neither the sources nor what CMake remembers
 * have changed; begun afresh in `folder` when the latter has. Where oneDNN cannot be had, layered networks are left out,
 * with a message, until it is there.
 */
export function nativeBuild({ what, folder, output, stampFile, sourcePaths, build }) {
  const sources = () => fingerprint([], ['CMakeLists.txt', ...sourcePaths])
  return {
    isCurrent() {
      const stamp = readStamp(stampFile)
      return (
        existsSync(inProject(output)) &&
        stamp?.configuration === configuration() &&
        stamp.sources === sources() &&
        (stamp.layered || !hasTool('onednn'))
      )
    },

    async run() {
      await requireTools(buildTools)
      const layered = await withLayeredNetworks()
      report(`building ${what}`)
      const stamp = { configuration: configuration(), sources: sources(), layered }
      const last = readStamp(stampFile)
      if (last?.configuration !== stamp.configuration || last.layered !== layered) {
        rmSync(inProject(folder), { recursive: true, force: true })
      }
      await build(layered)
      writeStamp(stampFile, stamp)
    },
  }
}

async function withLayeredNetworks() {
  const reason = await tryTool('onednn')
  if (reason === undefined) return true
  report(`building without layered networks, which need oneDNN: ${reason}`)
  return false
}

/** The option for CMake that leaves layered networks out, or not. */
export function layeredOption(layered) {
  return `ROBUST_FEATURES_LAYERED=${layered ? 'ON' : 'OFF'}`
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
  const { CXX, CXXFLAGS, ROBUST_FEATURES_OPENBLAS_ROOT, ROBUST_FEATURES_ONEDNN_ROOT } = process.env
  const roots = [ROBUST_FEATURES_OPENBLAS_ROOT, ROBUST_FEATURES_ONEDNN_ROOT]
  const versions = ['cmake-js', 'node-addon-api', 'node-api-headers'].map(installedVersion)
  return fingerprint([root, process.platform, process.arch, versions, CXX, CXXFLAGS, ...roots], [])
}
