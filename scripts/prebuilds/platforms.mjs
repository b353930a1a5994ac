/** @typedef {{ platform: string, arch: string, libc?: string }} Platform */

/** What is published: the folder of prebuilds/, a tag where two C libraries share one folder. */
export const publishedPlatforms = [
  { platform: 'linux', arch: 'x64', libc: 'glibc' },
  { platform: 'linux', arch: 'x64', libc: 'musl' },
  { platform: 'linux', arch: 'arm64', libc: 'glibc' },
  { platform: 'linux', arch: 'arm64', libc: 'musl' },
  { platform: 'darwin', arch: 'arm64' },
]

/** This machine's platform, among the published ones or not. */
export function thisPlatform() {
  const { platform, arch } = process
  return platform === 'linux' ? { platform, arch, libc: hostLibc() } : { platform, arch }
}

/**
 * `linux-x64-glibc`, `darwin-arm64`.
 *
 * @param {Platform} platform
 */
export const nameOf = ({ platform, arch, libc }) => [platform, arch, libc].filter(Boolean).join('-')

/**
 * The two addons of a platform, relative to the package, as src/native/addon-file.ts looks for them.
 *
 * @param {Platform} platform
 */
export function addonFiles({ platform, arch, libc }) {
  const folder = `prebuilds/${platform}-${arch}`
  const ending = libc ? `.${libc}.node` : '.node'
  return {
    core: `${folder}/robust_features${ending}`,
    layered: `${folder}/layered/robust_features_layered${ending}`,
  }
}

function hostLibc() {
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}
