import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRequire, moduleUrl } from './run-time-require.js'

/** For which platforms the package has addons; elsewhere it builds them. */
export const publishedPlatforms = ['linux-x64', 'linux-arm64', 'darwin-arm64']

/** The package's folder, also for a bundle; undefined where none can be resolved. */
export const packageFolder = findPackage()

/** Whether this copy of the package should have addons for a platform and has none, not even for another C library. */
export function lacksPrebuilds(platform: string, arch: string, folder = packageFolder): boolean {
  const name = `${platform}-${arch}`
  return (
    folder !== undefined && publishedPlatforms.includes(name) && !existsSync(join(folder, 'prebuilds', name))
  )
}

/** What has to match an addon's build. */
export interface Platform {
  readonly platform: string
  readonly arch: string
  /** The C library, asked for only where a platform has addons for both. */
  readonly libc: () => 'glibc' | 'musl'
}

const host: Platform = { platform: process.platform, arch: process.arch, libc: hostLibc }

/** Where an addon may lie. */
export interface Places {
  /** Beside a bundle or the program's main file: `prebuilds/`. */
  readonly beside: readonly string[]
  /** The package: a local build, else `prebuilds/`. */
  readonly package: string | undefined
}

// webpack's modules know where their sources were, not where the bundle is; then it is mostly the main file.
const places: Places = {
  beside: [fileURLToPath(moduleUrl), ...process.argv.slice(1, 2)].map((path) => dirname(path)),
  package: packageFolder,
}

/** The core's addon: of `prebuilds/` beside a bundle, else the package's. Undefined where there is none. */
export function findCore(
  { beside, package: folder }: Places = places,
  platform: Platform = host,
): string | undefined {
  for (const place of beside) {
    const prebuild = findPrebuild(place, platform)
    if (prebuild !== undefined) return prebuild
  }
  if (folder === undefined) return undefined
  const localBuild = join(folder, 'build', 'Release', 'robust_features.node')
  return existsSync(localBuild) ? localBuild : findPrebuild(folder, platform)
}

/** The addon of layered networks that was built with a core: beside it, or in a folder of its own. */
export function findLayered(core: string): string | undefined {
  const name = basename(core).replace('robust_features', 'robust_features_layered')
  const places = [join(dirname(core), name), join(dirname(core), 'layered', name)]
  return places.find((path) => path !== core && existsSync(path))
}

function findPrebuild(folder: string, { platform, arch, libc }: Platform): string | undefined {
  const prebuilds = join(folder, 'prebuilds', `${platform}-${arch}`)
  const [plain, ...tagged] = ['', '.glibc', '.musl']
    .map((tag) => join(prebuilds, `robust_features${tag}.node`))
    .map((path) => (existsSync(path) ? path : undefined))
  return plain ?? (tagged.some((path) => path !== undefined) ? tagged[libc() === 'glibc' ? 0 : 1] : undefined)
}

/** Node resolves a package's own name inside of it, and what is installed for a bundle. */
function findPackage(): string | undefined {
  try {
    return dirname(createRequire(moduleUrl).resolve('robust-features/package.json'))
  } catch {
    return undefined
  }
}

/** What this process runs on, whatever the names of files in /etc and /lib suggest. */
function hostLibc(): 'glibc' | 'musl' {
  const { report } = process as { report?: { excludeNetwork?: boolean; getReport(): object } }
  if (report === undefined) return 'glibc'
  const { excludeNetwork = false } = report
  // Asking for the names of the machine's addresses may take seconds.
  report.excludeNetwork = true
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  report.excludeNetwork = excludeNetwork
  return header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}
