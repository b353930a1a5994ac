import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs'
import { report, run } from './command.mjs'
import { fingerprint, installedVersion, readStamp, writeStamp } from './fingerprint.mjs'
import { inProject, root } from './paths.mjs'

const stampFile = '.cache/typescript.stamp.json'
const entryPoints = ['index', 'cli/main'].filter((name) => existsSync(inProject('src', `${name}.ts`)))

/** dist/ is compiled from src/. An installed package has dist/ alone and nothing to compile. */
export const typescript = {
  isCurrent() {
    if (!existsSync(inProject('src'))) return true
    return (
      entryPoints.every((name) => existsSync(inProject('dist', `${name}.js`))) &&
      readStamp(stampFile)?.sources === sources()
    )
  },

  async run() {
    report('compiling TypeScript')
    const stamp = { sources: sources() }
    // Compiled aside and swapped, so that dist/ is never half written and holds no file whose source is gone.
    const fresh = inProject('.cache', 'dist')
    rmSync(fresh, { recursive: true, force: true })
    const compiler = inProject('node_modules', 'typescript', 'bin', 'tsc')
    await run(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], { cwd: root })
    if (entryPoints.includes('cli/main')) chmodSync(`${fresh}/cli/main.js`, 0o755)
    rmSync(inProject('dist'), { recursive: true, force: true })
    renameSync(fresh, inProject('dist'))
    writeStamp(stampFile, stamp)
  },
}

function sources() {
  return fingerprint([installedVersion('typescript')], ['tsconfig.json', 'tsconfig.build.json', 'src'])
}
