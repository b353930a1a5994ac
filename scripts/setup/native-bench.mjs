import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { compilerOptions, nativeConfiguration } from './addon.mjs'
import { report, run } from './command.mjs'
import { fingerprint, readStamp, writeStamp } from './fingerprint.mjs'
import { inProject, root } from './paths.mjs'
import { buildTools, hasNinja, requireTools } from './tools.mjs'

const target = 'robust-features-floor'
const folder = 'build/native-bench'
const stampFile = 'build/native-bench.stamp.json'

/** The benchmark's floor is built in build/native-bench, where its contender looks. */
export const nativeBench = {
  isCurrent() {
    const stamp = readStamp(stampFile)
    return (
      existsSync(inProject(folder, target)) &&
      stamp?.configuration === nativeConfiguration() &&
      stamp.sources === sources()
    )
  },

  async run() {
    await requireTools(buildTools)
    report("building the benchmark's floor")
    const stamp = { configuration: nativeConfiguration(), sources: sources() }
    if (readStamp(stampFile)?.configuration !== stamp.configuration) {
      rmSync(inProject(folder), { recursive: true, force: true })
    }
    const compiler = compilerOptions()
    await run('cmake', [
      '-S',
      root,
      '-B',
      inProject(folder),
      '-DROBUST_FEATURES_BENCH=ON',
      '-DROBUST_FEATURES_ADDON=OFF',
      ...(hasNinja() ? ['-GNinja'] : []),
      ...(compiler ? [`-DCMAKE_CXX_COMPILER=${compiler}`] : []),
    ])
    await run('cmake', [
      '--build',
      inProject(folder),
      '--target',
      target,
      '--parallel',
      String(availableParallelism()),
    ])
    writeStamp(stampFile, stamp)
  },
}

function sources() {
  return fingerprint(
    [],
    ['CMakeLists.txt', 'native/cmake', 'native/bench', 'native/engine/aligned_buffer.hpp'],
  )
}
