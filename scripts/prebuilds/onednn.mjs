import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from '../setup/command.mjs'
import { hasNinja } from '../setup/tools.mjs'
import { staticLibrary } from './library.mjs'

/**
 * What CMake is told: static, on the thread that calls, training included, only the primitives that layered networks
 * have. Its kernels are written at run time for the processor they run on; the functions that write them are compiled
 * for size and for any processor of the architecture. AMX has nothing for float32 and is left out.
 *
 * @param {import('./platforms.mjs').Platform} platform
 */
export function onednnOptions({ arch }) {
  return [
    'CMAKE_BUILD_TYPE=MinSizeRel',
    'CMAKE_INSTALL_LIBDIR=lib',
    'ONEDNN_LIBRARY_TYPE=STATIC',
    'ONEDNN_CPU_RUNTIME=SEQ',
    'ONEDNN_GPU_RUNTIME=NONE',
    'ONEDNN_BUILD_DOC=OFF',
    'ONEDNN_BUILD_EXAMPLES=OFF',
    'ONEDNN_BUILD_TESTS=OFF',
    'ONEDNN_BUILD_GRAPH=OFF',
    'ONEDNN_ENABLE_WORKLOAD=TRAINING',
    'ONEDNN_ENABLE_PRIMITIVE=CONVOLUTION;INNER_PRODUCT;POOLING;REORDER',
    ...(arch === 'x64'
      ? ['ONEDNN_ENABLE_PRIMITIVE_CPU_ISA=AVX512', 'ONEDNN_ENABLE_GEMM_KERNELS_ISA=AVX512']
      : []),
    'ONEDNN_ENABLE_ITT_TASKS=OFF',
    'ONEDNN_ENABLE_JIT_PROFILING=OFF',
    'ONEDNN_ARCH_OPT_FLAGS=',
    'CMAKE_CXX_FLAGS=-ffunction-sections -fdata-sections',
  ]
}

/**
 * Sources of primitives that are not enabled, a quarter of what x64 compiles: nothing that is enabled calls them, or the
 * addon would not link. What they share with others stays, such as what joins operations.
 */
export const isLeftOut = (path) =>
  /^cpu\/(x64\/)?((rnn|lrn|prelu|shuffle)\/|.*(resampling|softmax|normalization|reduction|lrn|prelu|shuffle|ref_binary|uni_binary|xf16_sum|deconv|eltwise|matmul\/(brgemm_matmul(?=\.)|gemm|ref|jit_uni_sparse))).*\.cpp$/.test(
    path,
  ) &&
  !/_list\.cpp$|\/(aarch64|rv64|ppc64|s390x)\/|injector|deconv_zp_pad|cpu_batch_normalization_utils/.test(
    path,
  )

/** Lists of reorders from or to numbers other than float32, which layered networks do not have. */
export const isListOfOtherNumbers = (path) =>
  /^cpu\/reorder\/cpu_reorder_(comp|regular)_.+\.cpp$/.test(path) && !path.endsWith('_f32_f32.cpp')

/** The text of such a file with its list empty, by the macro that oneDNN has for reorders that are not enabled. */
export const withEmptyList = (text) =>
  text.replace('namespace dnnl {', '#undef REG_REORDER_P\n#define REG_REORDER_P(...) {}\nnamespace dnnl {')

/** Lists of the implementations of a primitive, for all kinds of numbers. */
export const isListOfPrimitive = (path) =>
  /^cpu\/cpu_(convolution|inner_product|pooling)_list\.cpp$/.test(path)

/** The text of such a file with what is for float32 alone; what only the others lead to is then left out by the linker. */
export const withFloat32Alone = (text) =>
  text
    .replace(/^ {8}BRGEMM_FP8_\w+\(.*\),\n/gm, '')
    .replace(/^ {8}\{\{\w+, (?!f32, f32, f32\})\w+, .*?^ {8}\}\)?\},\n/gms, '')
    .replace(/^ +CPU_INSTANCE\w*\(.*(\b(bf16|f16|f8_\w+|[su]8|s32)\b|_i8i8_).*\)\n/gm, '')

const reordersOfFloat32 = 'cpu/reorder/cpu_reorder_regular_f32_f32.cpp'

/**
 * The text of that file without copies by a kernel that oneDNN 3.7 takes without asking for SSE4.1, and cannot write
 * where that is missing.
 */
export const withoutDirectCopy = (text) => text.replace(/^.*\bjit_uni_reorder_direct_copy_t\b.*\n/gm, '')

/** oneDNN, static, in build/prebuild/onednn/root. */
export const buildOnednn = (platform) =>
  staticLibrary('onednn', onednnOptions(platform), async ({ source, directory, root, options }) => {
    const trimmed = join(directory, 'source')
    cpSync(source, trimmed, { recursive: true, preserveTimestamps: true })
    const sources = readdirSync(join(trimmed, 'src'), { recursive: true })
    if (platform.arch === 'x64')
      for (const file of sources.filter(isLeftOut)) rmSync(join(trimmed, 'src', file))
    const rewrite = (file, change) => {
      const path = join(trimmed, 'src', file)
      writeFileSync(path, change(readFileSync(path, 'utf8')))
    }
    for (const file of sources.filter(isListOfOtherNumbers)) rewrite(file, withEmptyList)
    for (const file of sources.filter(isListOfPrimitive)) rewrite(file, withFloat32Alone)
    rewrite(reordersOfFloat32, withoutDirectCopy)
    const build = join(directory, 'build')
    const definitions = [...options, `CMAKE_INSTALL_PREFIX=${root}`].map((option) => `-D${option}`)
    await run('cmake', ['-S', trimmed, '-B', build, ...(hasNinja() ? ['-GNinja'] : []), ...definitions])
    const parallel = ['--parallel', String(availableParallelism())]
    await run('cmake', ['--build', build, ...parallel, '--target', 'install'])
  })
