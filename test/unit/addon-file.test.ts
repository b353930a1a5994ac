import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { publishedPlatforms as published } from '../../scripts/prebuilds/platforms.mjs'
import { missingAddon } from '../../src/native/addon.js'
import {
  findCore,
  findLayered,
  lacksPrebuilds,
  type Platform,
  publishedPlatforms,
} from '../../src/native/addon-file.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const linux = (libc: 'glibc' | 'musl', arch = 'x64'): Platform => ({
  platform: 'linux',
  arch,
  libc: () => libc,
})
const mac: Platform = {
  platform: 'darwin',
  arch: 'arm64',
  libc: () => {
    throw new Error('Expected nobody to ask.')
  },
}

let folder: string
beforeEach(() => {
  folder = temporaryFolder()
})

function write(...files: string[]) {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), '')
  }
}

describe('the addon that is found', () => {
  const find = (platform: Platform) =>
    findCore({ beside: [join(folder, 'bundle')], package: join(folder, 'package') }, platform)?.slice(
      folder.length + 1,
    )

  it('is the one for platform, architecture and C library', () => {
    const prebuilds = 'package/prebuilds'
    const files = [
      `${prebuilds}/linux-x64/robust_features.glibc.node`,
      `${prebuilds}/linux-x64/robust_features.musl.node`,
      `${prebuilds}/linux-arm64/robust_features.musl.node`,
      `${prebuilds}/darwin-arm64/robust_features.node`,
    ]
    write(...files)
    const found = [linux('glibc'), linux('musl'), linux('musl', 'arm64'), mac].map(find)
    expect(found).toEqual(files)
    expect(find(linux('glibc', 'arm64'))).toBeUndefined()
    expect(find({ ...mac, platform: 'win32' })).toBeUndefined()
    expect(find({ ...mac, arch: 'x64' })).toBeUndefined()
  })

  it('is a local build before a published one, and what lies beside a bundle before both', () => {
    const platform = linux('glibc')
    for (const file of [
      'package/prebuilds/linux-x64/robust_features.glibc.node',
      'package/build/Release/robust_features.node',
      'bundle/prebuilds/linux-x64/robust_features.glibc.node',
    ]) {
      write(file)
      expect(find(platform)).toBe(file)
    }
    expect(findCore({ beside: [], package: undefined }, platform)).toBeUndefined()
  })

  it('is no other file of a folder named build/Release', () => {
    write('package/build/Release/other.node', 'package/prebuilds/linux-x64/other.node')
    expect(find(linux('glibc'))).toBeUndefined()
  })

  it('of layered networks is that of the core', () => {
    write('a/robust_features.node', 'a/layered/robust_features_layered.node', 'a/robust_features.musl.node')
    expect(findLayered(join(folder, 'a', 'robust_features.node'))).toBe(
      join(folder, 'a/layered/robust_features_layered.node'),
    )
    expect(findLayered(join(folder, 'a', 'robust_features.musl.node'))).toBeUndefined()
    write('a/robust_features_layered.node')
    expect(findLayered(join(folder, 'a', 'robust_features.node'))).toBe(
      join(folder, 'a/robust_features_layered.node'),
    )
    expect(findLayered(join(folder, 'a', 'renamed.node'))).toBeUndefined()
  })
})

describe('without an addon', () => {
  it('the message says what is supported and what to do', () => {
    expect(missingAddon('freebsd', 'x64', true)).toMatch(
      /^Expected a native addon for freebsd-x64, got none; the package has them for linux-x64, linux-arm64, darwin-arm64; elsewhere build one with `node [^`]*setup[^`]*` or point ROBUST_FEATURES_ADDON to one\.$/,
    )
    expect(missingAddon('linux', 'x64', true, true)).toMatch(
      /^Expected a native addon for linux-x64, got none: this copy of the package has none for it, packed without `npm run build:prebuilds`, or lost it; build one with `node [^`]*setup[^`]*` or point ROBUST_FEATURES_ADDON to one\.$/,
    )
    expect(missingAddon('win32', 'x64', true)).toMatch(/; on Windows use WSL 2\.$/)
    expect(missingAddon('linux', 'x64', false)).toMatch(
      /beside this bundle; .* external, .* prebuilds folder .* ROBUST_FEATURES_ADDON .*\.$/,
    )
  })

  it('the package lacks what it should have where the platform has no folder', () => {
    write('prebuilds/linux-arm64/robust_features.glibc.node')
    expect(lacksPrebuilds('linux', 'x64', folder)).toBe(true)
    expect(lacksPrebuilds('linux', 'arm64', folder)).toBe(false)
    expect(lacksPrebuilds('linux', 'riscv64', folder)).toBe(false)
  })

  it('names the platforms that are published', () => {
    const names = new Set(published.map(({ platform, arch }) => `${platform}-${arch}`))
    expect(publishedPlatforms).toEqual([...names])
  })
})
