import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { compilerOptions, nativeConfiguration } from './addon.mjs'
import { report, run } from './command.mjs'
import { fingerprint, readStamp, writeStamp } from './fingerprint.mjs'
import { inProject, root } from './paths.mjs'
import { buildTools, hasNinja, requireTools } from './tools.mjs'

const folder = 'build/tests'
const stampFile = 'build/tests.stamp.json'

/** The native unit tests are built in build/tests, ready for ctest. */
export const nativeTests = {
  isCurrent() {
    const stamp = readStamp(stampFile)
    return (
      existsSync(inProject(folder, 'CTestTestfile.cmake')) &&
      stamp?.configuration === nativeConfiguration() &&
      stamp.sources === sources()
    )
  },

  async run() {
    await requireTools(buildTools)
    report('building the native unit tests')
    const stamp = { configuration: nativeConfiguration(), sources: sources() }
    if (readStamp(stampFile)?.configuration !== stamp.configuration) {
      rmSync(inProject(folder), { recursive: true, force: true })
    }
    await buildNativeTests(inProject(folder), [])
    writeStamp(stampFile, stamp)
  },
}

/** Configures and builds the native unit tests in `directory` with further options for CMake. */
export async function buildNativeTests(directory, options) {
  const compiler = compilerOptions()
  await run('cmake', [
    '-S',
    root,
    '-B',
    directory,
    '-DROBUST_FEATURES_TESTS=ON',
    '-DROBUST_FEATURES_ADDON=OFF',
    ...(hasNinja() ? ['-GNinja'] : []),
    ...(compiler ? [`-DCMAKE_CXX_COMPILER=${compiler}`] : []),
    ...options,
  ])
  await run('cmake', ['--build', directory, '--parallel', String(availableParallelism())])
}

function sources() {
  return fingerprint([], ['CMakeLists.txt', 'native'])
}
