import { existsSync, readFileSync } from 'node:fs'
import { report, run } from './command.mjs'
import { inProject } from './paths.mjs'

const options = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund']

function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(inProject(lockFile), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** node_modules holds what package-lock.json says; in an installed package, which has none, the build tools. */
export const nodeModules = {
  isCurrent() {
    const wanted = packagesIn('package-lock.json')
    if (!wanted) return existsSync(inProject('node_modules', 'cmake-js', 'package.json'))
    // npm writes this file last, so an interrupted installation does not count.
    const installed = packagesIn('node_modules/.package-lock.json')
    if (!installed) return false
    return Object.entries(wanted).every(([path, { optional, version, integrity }]) => {
      const found = installed[path]
      if (path === '' || (optional && !found)) return true
      return found?.version === version && found?.integrity === integrity
    })
  },

  async run() {
    const hasLock = existsSync(inProject('package-lock.json'))
    report('installing node_modules')
    await run('npm', hasLock ? ['ci', ...options] : ['install', '--no-package-lock', ...options], {
      cwd: inProject(),
    })
  },
}
