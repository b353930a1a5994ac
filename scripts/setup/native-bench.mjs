import { buildWithCmake, layeredOption, nativeBuild } from './native-build.mjs'
import { inProject } from './paths.mjs'

const folder = 'build/native-bench'

/** The benchmark's native programs are built in build/native-bench, where the floor's contender looks. */
export const nativeBench = nativeBuild({
  what: "the benchmark's native programs",
  folder,
  output: `${folder}/robust-features-floor`,
  stampFile: 'build/native-bench.stamp.json',
  sourcePaths: ['native/cmake', 'native/bench', 'native/engine', 'native/kernels'],
  // It measures the core alone.
  build: () => buildWithCmake(inProject(folder), ['-DROBUST_FEATURES_BENCH=ON', `-D${layeredOption(false)}`]),
})
