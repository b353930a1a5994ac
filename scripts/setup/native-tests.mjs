import { buildWithCmake, layeredOption, nativeBuild } from './native-build.mjs'
import { inProject } from './paths.mjs'

const folder = 'build/tests'

/** The native unit tests are built in build/tests, ready for ctest. */
export const nativeTests = nativeBuild({
  what: 'the native unit tests',
  folder,
  output: `${folder}/CTestTestfile.cmake`,
  stampFile: 'build/tests.stamp.json',
  sourcePaths: ['native'],
  build: (layered) => buildNativeTests(inProject(folder), layered, []),
})

/** Builds the native unit tests in `directory` with further options for CMake. */
export const buildNativeTests = (directory, layered, options) =>
  buildWithCmake(directory, ['-DROBUST_FEATURES_TESTS=ON', `-D${layeredOption(layered)}`, ...options])
