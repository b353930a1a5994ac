import { cpSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from '../setup/command.mjs'
import { kernelsOfX64 } from './blas-kernels.mjs'
import { staticLibrary } from './library.mjs'

/** All but the first, PRESCOTT (SSE3), which comes unasked. */
const listedOfX64 = kernelsOfX64.slice(1).map((name) => name.toUpperCase())

/**
 * Kernels by processor, chosen at run time. PRESCOTT on x64 and ARMV8 on arm64 always come too, for processors older
 * than those listed. Zen takes HASWELL's kernels, and whatever has AVX-512 SKYLAKEX's. Every Apple processor of 64 bits
 * runs VORTEX's.
 */
const processors = {
  x64: ['TARGET=GENERIC', 'DYNAMIC_ARCH=1', `DYNAMIC_LIST=${listedOfX64.join(' ')}`],
  arm64: ['TARGET=ARMV8', 'DYNAMIC_ARCH=1', 'DYNAMIC_LIST=NEOVERSEN1 NEOVERSEV1'],
  darwin: ['TARGET=VORTEX'],
}

/**
 * What make is told. Without threads of its own and with locks around the memory that calls share, so that our threads
 * may call it; real matrices only, CBLAS only, no LAPACK.
 *
 * @param {import('./platforms.mjs').Platform} platform
 */
export function openblasOptions({ platform, arch }) {
  return [
    ...processors[platform === 'darwin' ? 'darwin' : arch],
    'USE_THREAD=0',
    'USE_LOCKING=1',
    'ONLY_CBLAS=1',
    'NO_LAPACK=1',
    'NO_LAPACKE=1',
    'NOFORTRAN=1',
    'NO_SHARED=1',
    'NO_AFFINITY=1',
    // BUILD_COMPLEX=0 would be taken for yes by half of its makefiles.
    'BUILD_SINGLE=1',
    'BUILD_DOUBLE=1',
  ]
}

/** OpenBLAS, static, in build/prebuild/openblas/root. */
export const buildOpenblas = (platform) =>
  staticLibrary('openblas', openblasOptions(platform), async ({ source, directory, root, options }) => {
    // It builds among its sources, so among a copy of them; newer files than the copy are kept.
    cpSync(source, directory, { recursive: true, preserveTimestamps: true })
    const make = (...targets) => run('make', [...targets, ...options], { cwd: directory })
    await make(`-j${availableParallelism()}`, 'libs')
    await make(`PREFIX=${root}`, 'install')
  })
