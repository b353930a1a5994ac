import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf, SetupError } from '../setup/command.mjs'
import { inProject, root } from '../setup/paths.mjs'
import { blasKernels } from './blas-kernels.mjs'
import {
  hasRunPath,
  isNewer,
  macLibraries,
  neededLibraries,
  newestVersion,
  staysLoaded,
  symbolNames,
  wantsExecutableStack,
} from './inspect.mjs'
import { instructionChecks } from './instructions.mjs'
import { lookupRow } from './lookup.mjs'
import { addonFiles } from './platforms.mjs'
import { runDoctor } from './run-doctor.mjs'
import { gzippedBytes, limits } from './sizes.mjs'

const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']
const systemLibraries = {
  glibc: /^(lib(c|m|pthread|dl|rt)\.so\.\d+|ld-linux[-a-z0-9_]*\.so\.\d+)$/,
  musl: /^libc\.musl-[a-z0-9_]+\.so\.1$/,
  darwin: /^\/usr\/lib\/(libSystem\.B|libc\+\+\.1)\.dylib$/,
}

/**
 * Everything that must hold of this platform's prebuilds, as rows of one table.
 *
 * @param testsFolder native tests linked with the libraries that the addons contain
 * @param glibc newest version of glibc that may be needed; undefined for whatever this machine has
 */
export async function checkPrebuilds(platform, libraries, testsFolder, glibc) {
  const files = addonFiles(platform)
  const rows = []
  for (const [name, file] of Object.entries(files)) {
    const addon = inProject(file)
    const facts = platform.platform === 'darwin' ? macFacts(addon) : linuxFacts(addon, platform.libc, glibc)
    rows.push({ check: `size of the ${name} addon`, measured: megabytes(statSync(addon).size), passed: true })
    rows.push(...facts.map((row) => ({ ...row, check: `${name}: ${row.check}` })))
  }
  rows.push(shareRow(platform))
  if (platform.platform === 'linux' && platform.arch === 'x64')
    rows.push(...(await instructionChecks(libraries, files)))
  rows.push(
    nativeTestsRow(testsFolder),
    threadSafetyRow(testsFolder, platform),
    ...doctorRows(files, libraries),
    lookupRow(files),
  )
  return rows
}

function linuxFacts(addon, libc, glibcLimit) {
  const dynamic = read('readelf', ['--dynamic', '--wide', addon])
  const segments = read('readelf', ['--segments', '--wide', addon])
  const versions = read('objdump', ['--dynamic-syms', addon])
  const exported = symbolNames(read('nm', ['--dynamic', '--defined-only', addon]))
  const glibc = newestVersion(versions, 'GLIBC')
  const rows = [
    ...commonFacts(neededLibraries(dynamic), systemLibraries[libc], exported),
    {
      check: 'no run path',
      measured: hasRunPath(dynamic) ? 'has one' : 'none',
      passed: !hasRunPath(dynamic),
    },
    {
      check: 'stays loaded when a worker ends',
      measured: staysLoaded(dynamic) ? 'nodelete' : 'unloads',
      passed: staysLoaded(dynamic),
    },
    {
      check: 'stack',
      measured: wantsExecutableStack(segments) ? 'executable' : 'not executable',
      passed: !wantsExecutableStack(segments),
    },
    {
      check: 'symbols of a shared C++ library',
      measured: newestVersion(versions, 'GLIBCXX') ?? 'none',
      passed: newestVersion(versions, '(?:GLIBCXX|CXXABI|GCC)') === undefined,
    },
  ]
  if (libc === 'glibc')
    rows.push({
      check: 'oldest glibc it runs with',
      measured: glibc,
      ...(glibcLimit !== undefined && { limit: `≤ ${glibcLimit}` }),
      passed: glibcLimit === undefined || !isNewer(glibc, glibcLimit),
    })
  return rows
}

function macFacts(addon) {
  const exported = symbolNames(read('nm', ['-gU', addon]))
  return commonFacts(macLibraries(read('otool', ['-L', addon])), systemLibraries.darwin, exported)
}

function commonFacts(libraries, allowed, exported) {
  return [
    {
      check: 'libraries it needs',
      measured: libraries.join(' '),
      passed: libraries.every((name) => allowed.test(name)),
    },
    {
      check: 'symbols others can see',
      measured: exported.join(' '),
      passed: exported.length > 0 && exported.every((name) => entryPoints.includes(name)),
    },
  ]
}

function shareRow(platform) {
  const bytes = gzippedBytes(root, platform)
  return {
    check: "this platform's share, gzipped",
    measured: megabytes(bytes),
    limit: `≤ ${megabytes(limits.platform)}`,
    passed: bytes <= limits.platform,
  }
}

function nativeTestsRow(folder) {
  const { status, stdout } = spawnSync('ctest', ['--test-dir', folder, '--no-tests=error'], {
    encoding: 'utf8',
  })
  const measured = stdout.match(/\d+% tests passed.*/)?.[0] ?? `status ${status}`
  return { check: 'native tests with these very libraries', measured, passed: status === 0 }
}

/** BLAS called from 8 threads, a number of times with each of the kernels that this processor can run. */
function threadSafetyRow(folder, { platform, arch }) {
  const repetitions = 5
  // Where OpenBLAS is not told which kernels to take, it takes this processor's.
  const { runnable, leftOut } =
    platform === 'linux' && arch === 'x64'
      ? blasKernels(readFileSync('/proc/cpuinfo', 'utf8'))
      : { runnable: [undefined], leftOut: [] }
  const nameOfKernel = (kernel) => kernel ?? 'the one of this processor'
  const failed = runnable.flatMap((kernel) => {
    const env = { ...process.env, ...(kernel && { OPENBLAS_CORETYPE: kernel }) }
    const runs = Array.from({ length: repetitions }, () => spawnSync(join(folder, blasTest), { env }))
    return runs.filter(({ status }) => status !== 0).map(() => nameOfKernel(kernel))
  })
  const measured =
    failed.length === 0
      ? `in ${repetitions} runs with each of the kernels ${runnable.map(nameOfKernel).join(', ')}`
      : `wrong with ${failed.join(', ')}`
  const untried =
    leftOut.length === 0 ? '' : `; not tried, for this processor cannot run them: ${leftOut.join(', ')}`
  return {
    check: 'BLAS from 8 threads gives what it gives to one',
    measured: `${measured}${untried}`,
    passed: runnable.length > 0 && failed.length === 0,
  }
}

const blasTest = 'native/test/blas_test'

function doctorRows(files, { openblas, onednn }) {
  const { status, stdout, stderr } = runDoctor({ addons: files })
  if (status !== 0) return [{ check: "doctor's self-test", measured: stderr.trim(), passed: false }]
  const { blas, layered, selfTest } = JSON.parse(stdout)
  const contained = `OpenBLAS ${blas.version} (${blas.kernel}), oneDNN ${layered.onednn?.version} (${layered.onednn?.instructionSet})`
  return [
    {
      check: 'what doctor finds in them',
      measured: contained,
      // Debian's oneDNN 3.7.3 calls itself 3.7.2.
      passed: blas.version === openblas.version && layered.onednn?.version.startsWith(minor(onednn.version)),
    },
    {
      check: "doctor's self-test",
      measured: `${selfTest.checks.filter(({ passed }) => passed).length} of ${selfTest.checks.length} passed`,
      passed: selfTest.passed,
    },
  ]
}

const minor = (version) => version.replace(/\d+$/, '')

function read(command, args) {
  const output = outputOf(command, args, { maxBuffer: 1e9 })
  if (output === undefined) throw new SetupError(`Expected ${[command, ...args].join(' ')} to work.`)
  return output
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`
