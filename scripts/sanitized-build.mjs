import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf, SetupError } from './setup/command.mjs'
import { buildNativeTests } from './setup/native-tests.mjs'
import { inProject } from './setup/paths.mjs'
import { hasTool } from './setup/tools.mjs'

/** What is asked of CMake; both addons come with the first, so that a fuzz of them compiles nothing again. */
export const sanitizerSets = ['address,undefined', 'thread']

export const hasLayeredNetworks = () => hasTool('onednn')

/** Builds the native unit tests with these sanitizers, and the addons with `address,undefined`; returns the folder. */
export async function buildSanitized(sanitizers) {
  const directory = inProject('build', `tests-${sanitizers.replace(',', '-')}`)
  await buildNativeTests(directory, hasLayeredNetworks(), [
    `-DROBUST_FEATURES_SANITIZE=${sanitizers}`,
    `-DROBUST_FEATURES_ADDON=${sanitizers === 'thread' ? 'OFF' : 'ON'}`,
    // The flags come with the sanitizers, see CMakeLists.txt.
    '-DCMAKE_BUILD_TYPE=None',
  ])
  return directory
}

/** The environment in which a Node without sanitizers loads an addon with them. */
export function environmentOfAddon(directory) {
  const [, compiler] = /^CMAKE_CXX_COMPILER:\w+=(.*)$/m.exec(
    readFileSync(join(directory, 'CMakeCache.txt'), 'utf8'),
  )
  // libstdc++ too, before Node's own copy: the sanitizer looks for what throws exceptions when the process starts.
  const libraries = ['libasan.so', 'libubsan.so', 'libstdc++.so'].map((name) =>
    outputOf(compiler, [`-print-file-name=${name}`])?.trim(),
  )
  if (!libraries.every((path) => path !== undefined && existsSync(path))) {
    throw new SetupError(`Expected ${compiler} to come with libasan.so and libubsan.so, as GCC does.`)
  }
  return {
    ...process.env,
    LD_PRELOAD: libraries.join(':'),
    // Node frees little of what it has at its end, and keeps its arrays in memory of its own.
    ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1:quarantine_size_mb=64',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  }
}
