import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { isThereAtRunTime, publicDeclarations } from '../../scripts/public-surface/declarations.mjs'
import { projectRoot } from '../helpers/run-node.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** Of what etc/api.md lists, that which is there at run time. */
const RUNTIME_NAMES = [...publicDeclarations(join(projectRoot, 'dist', 'index.d.ts')).exported]
  .filter(([, text]) => isThereAtRunTime(text))
  .map(([name]) => name)

/** What a program of a user sees, without the test runner's transformations. */
function namesPrintedBy(code: string, type: 'module' | 'commonjs'): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`--input-type=${type}`, '-e', code], {
    cwd: projectRoot,
    encoding: 'utf8',
  })
  expect({ status, stderr: stderr.replace(/^.*ExperimentalWarning.*\n.*trace-warnings.*\n/m, '') }).toEqual({
    status: 0,
    stderr: '',
  })
  return JSON.parse(stdout)
}

it('finds its addon where the program is no file, in any folder', () => {
  const code = `import(${JSON.stringify(pathToFileURL(join(projectRoot, 'dist', 'index.js')).href)}).then((library) => {
    const { weights } = library.PatchNetwork.initialize({ classes: 2, dimension: 2, filtersPerClass: 1, seed: 1 })
    console.log(weights.length)
  })`
  const cwd = temporaryFolder()
  for (const args of [['-e', code], ['-']])
    expect(spawnSync(process.execPath, args, { cwd, input: code, encoding: 'utf8' })).toMatchObject({
      stderr: '',
      stdout: '4\n',
    })
})

describe('the public surface', () => {
  it('is what the declarations say', () => {
    const code = "console.log(JSON.stringify(Object.keys(await import('robust-features')).sort()))"
    expect(namesPrintedBy(code, 'module')).toEqual(RUNTIME_NAMES)
  })

  it('is the same for require()', () => {
    const code = `
      const names = Object.keys(require('robust-features')).filter((name) => name !== '__esModule')
      console.log(JSON.stringify(names.sort()))`
    expect(namesPrintedBy(code, 'commonjs')).toEqual(RUNTIME_NAMES)
  })

  it('keeps everything else to itself', () => {
    const code = `
      const paths = ['robust-features/dist/index.js', 'robust-features/native/addon.js']
      const codes = await Promise.all(paths.map((path) => import(path).then(() => 'open', ({ code }) => code)))
      console.log(JSON.stringify(codes))`
    expect(namesPrintedBy(code, 'module')).toEqual([
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    ])
  })

  it('does not load the addon before it is needed', () => {
    const code = `
      process.env.ROBUST_FEATURES_ADDON = '/nowhere/robust_features.node'
      const { pgd, PatchNetwork } = await import('robust-features')
      pgd({ radius: 1 })
      let code = 'none'
      try { PatchNetwork.initialize({ classes: 2, dimension: 2, filtersPerClass: 1, seed: 1 }) }
      catch (error) { code = error.code }
      console.log(JSON.stringify([code]))`
    expect(namesPrintedBy(code, 'module')).toEqual(['NATIVE_ADDON_UNAVAILABLE'])
  })
})
