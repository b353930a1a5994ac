import { outputOf, SetupError } from './command.mjs'
import { installPackages, packageInstalled, packageManager } from './package-manager.mjs'

const compilers = ['c++', 'g++', 'clang++']
const versionedCompilers = [15, 14, 13, 12, 11]
  .map((n) => `g++-${n}`)
  .concat([20, 19, 18, 17, 16, 15, 14].map((n) => `clang++-${n}`))
const compilerProbe = `
#include <concepts>
#include <span>
#if defined(__clang__) ? __clang_major__ < 14 : __GNUC__ < 11
#error too old
#endif
int main() { return 0; }
`

/** Everything a build may need: how to tell that it is there, and which packages bring it. */
const tools = {
  cmake: {
    description: 'CMake ≥ 3.21',
    isThere: () => atLeast(outputOf('cmake', ['--version']), [3, 21]),
    packages: { apt: 'cmake', dnf: 'cmake', apk: 'cmake', brew: 'cmake' },
  },
  compiler: {
    description: 'a C++20 compiler (g++ ≥ 11 or clang ≥ 14; set CXX to choose one)',
    isThere: () => findCompiler() !== undefined,
    packages: { apt: 'g++', dnf: 'gcc-c++', apk: 'g++' },
    byHand: { brew: 'xcode-select --install' },
  },
  make: {
    description: 'make or ninja',
    isThere: () => outputOf('make', ['--version']) !== undefined || hasNinja(),
    packages: { apt: 'make', dnf: 'make', apk: 'make', brew: 'ninja' },
  },
  openblas: {
    description: 'a thread-safe OpenBLAS (or ROBUST_FEATURES_OPENBLAS_ROOT set to one)',
    isThere: (manager) =>
      Boolean(process.env.ROBUST_FEATURES_OPENBLAS_ROOT) ||
      packageInstalled(manager, tools.openblas.packages[manager]),
    packages: {
      apt: 'libopenblas-pthread-dev',
      dnf: 'openblas-devel',
      apk: 'openblas-dev',
      brew: 'openblas',
    },
  },
  onednn: {
    description: 'oneDNN (or ROBUST_FEATURES_ONEDNN_ROOT set to one)',
    isThere: (manager) =>
      Boolean(process.env.ROBUST_FEATURES_ONEDNN_ROOT) ||
      (manager !== undefined && packageInstalled(manager, tools.onednn.packages[manager])),
    packages: { apt: 'libdnnl-dev', dnf: 'onednn-devel', apk: 'onednn-dev', brew: 'onednn' },
  },
  clangFormat: {
    description: 'clang-format',
    isThere: () => outputOf('clang-format', ['--version']) !== undefined,
    packages: {
      apt: 'clang-format',
      dnf: 'clang-tools-extra',
      apk: 'clang-extra-tools',
      brew: 'clang-format',
    },
  },
  clangTidy: {
    description: 'clang-tidy',
    isThere: () => outputOf('clang-tidy', ['--version']) !== undefined,
    packages: { apt: 'clang-tidy', dnf: 'clang-tools-extra', apk: 'clang-extra-tools', brew: 'llvm' },
  },
  armCompiler: {
    description: 'a compiler for 64-bit ARM',
    // Where no package brings one the check that wants it is skipped.
    isThere: (manager) =>
      process.arch === 'arm64' ||
      tools.armCompiler.packages[manager] === undefined ||
      outputOf('aarch64-linux-gnu-g++', ['--version']) !== undefined,
    packages: { apt: 'g++-aarch64-linux-gnu' },
  },
  browser: {
    description: 'Chromium',
    // Likewise.
    isThere: (manager) =>
      tools.browser.packages[manager] === undefined || outputOf('chromium', ['--version']) !== undefined,
    packages: { apt: 'chromium', dnf: 'chromium', apk: 'chromium' },
  },
}

export const buildTools = ['cmake', 'compiler', 'make', 'openblas']
export const checkTools = ['clangFormat', 'clangTidy', 'armCompiler', 'browser']

/** Installs whichever of the named tools are missing; throws when one still is afterwards. */
export async function requireTools(names) {
  const manager = packageManager()
  // Without a package manager CMake itself has to say whether OpenBLAS is there.
  const checkable = manager ? names : names.filter((name) => name !== 'openblas')
  const missing = checkable.filter((name) => !tools[name].isThere(manager))
  if (missing.length === 0) return
  if (!manager)
    throw new SetupError(
      `Expected apt-get, dnf, apk or brew to install what is missing; please install ${describe(missing)}.`,
    )
  for (const name of missing) {
    const command = tools[name].byHand?.[manager]
    if (command)
      throw new SetupError(
        `Expected ${tools[name].description}, found none. Run this, then try again:\n  ${command}`,
      )
  }
  await installPackages(manager, [...new Set(missing.map((name) => tools[name].packages[manager]))])
  const stillMissing = missing.filter((name) => !tools[name].isThere(manager))
  if (stillMissing.length > 0) {
    throw new SetupError(
      `Expected ${describe(stillMissing)}, but what ${manager} installs is missing or too old; please install a newer one.`,
    )
  }
}

/** Whether a tool is there that a build can do without. */
export function hasTool(name) {
  return tools[name].isThere(packageManager())
}

/** Installs a tool that a build can do without; undefined when it is there then, else the reason. */
export async function tryTool(name) {
  try {
    await requireTools([name])
    return undefined
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    return error.message
  }
}

function describe(names) {
  return names.map((name) => tools[name].description).join(', ')
}

/** The first compiler that takes C++20, CXX before all others; undefined where there is none. */
export function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : [...compilers, ...versionedCompilers]
  return candidates.find((name) => {
    const [command, ...args] = name.split(' ')
    return (
      outputOf(command, [...args, '-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], {
        input: compilerProbe,
      }) !== undefined
    )
  })
}

export function hasNinja() {
  return outputOf('ninja', ['--version']) !== undefined
}

function atLeast(output, [major, minor]) {
  const match = output?.match(/(\d+)\.(\d+)/)
  if (!match) return false
  const found = [Number(match[1]), Number(match[2])]
  return found[0] > major || (found[0] === major && found[1] >= minor)
}
