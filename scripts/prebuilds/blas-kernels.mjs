/**
 * OpenBLAS's kernels on x64, and what their processor must have, as Linux names it in /proc/cpuinfo. OpenBLAS takes
 * the ones that OPENBLAS_CORETYPE names without asking whether this processor knows their instructions.
 */
const needs = {
  Prescott: ['pni'],
  Nehalem: ['pni', 'ssse3', 'sse4_1', 'sse4_2', 'popcnt'],
  Haswell: ['avx', 'avx2', 'fma', 'bmi1', 'bmi2'],
  SkylakeX: ['avx2', 'fma', 'bmi1', 'bmi2', 'avx512f', 'avx512cd', 'avx512bw', 'avx512dq', 'avx512vl'],
}

/** Their names, the oldest first. */
export const kernelsOfX64 = Object.keys(needs)

/** The kernels that a processor of x64 can run, and those that it cannot, from the text of /proc/cpuinfo. */
export function blasKernels(cpuinfo) {
  const flags = new Set(
    cpuinfo
      .match(/^flags\s*:(.*)$/m)?.[1]
      .trim()
      .split(/\s+/),
  )
  const runnable = kernelsOfX64.filter((name) => needs[name].every((flag) => flags.has(flag)))
  return { runnable, leftOut: kernelsOfX64.filter((name) => !runnable.includes(name)) }
}
