import { join } from 'node:path'
import { makeApplication } from './package-and-tools.mjs'
import { expectMatch, expectSame, output, runNode } from './process.mjs'

/** The application that npm installed is what all others are compared with. */
export async function installWithNpm(folder, { tarball }) {
  makeApplication(folder, { tarball })
  // A dependency that wants another Node is an error.
  const options = ['--ignore-scripts', '--engine-strict', '--no-audit', '--no-fund', '--prefer-offline']
  await output('npm', ['install', ...options], { cwd: folder })
  const run = (...args) => runNode(args, { cwd: folder })
  return {
    folder,
    run,
    expected: { program: await run('by-import.mjs'), drawing: await run('draw.mjs') },
    commandLine: join(folder, 'node_modules', 'robust-features', 'dist', 'cli', 'main.js'),
  }
}

const oneCopy = `import { createRequire } from 'node:module'
import * as imported from 'robust-features'
const required = createRequire(import.meta.url)('robust-features')
if (required.RobustFeaturesError !== imported.RobustFeaturesError) throw new Error('two copies of the library')`

export function npmChecks({ folder, run, expected }) {
  return [
    ['npm: require', async () => expectSame(await run('by-require.cjs'), expected.program, 'what it prints')],
    ['npm: import and require give one copy', () => run('--input-type=module', '-e', oneCopy)],
    ['npm: text of drawings', () => expectMatch(expected.drawing, /^true /, 'what it prints')],
    [
      'npm: robust-features doctor',
      async () => {
        const printed = await output('npx', ['--no', 'robust-features', 'doctor'], { cwd: folder })
        expectMatch(printed, /^addon .*prebuild: .*prebuilds/m, 'doctor')
        expectMatch(printed, /^self-test +passed$/m, 'doctor')
      },
    ],
  ]
}

export function otherManagers(folder, package_, tools, { expected }) {
  const application = (name, files) => makeApplication(join(folder, name), package_, files)
  const same = (printed) => expectSame(printed, expected.program, 'what it prints')
  return [
    [
      'pnpm',
      async () => {
        const cwd = application('pnpm')
        await runNode([tools.file('pnpm', 'bin', 'pnpm.mjs'), 'install'], { cwd })
        same(await runNode(['by-import.mjs'], { cwd }))
        same(await runNode(['by-require.cjs'], { cwd }))
      },
    ],
    [
      'yarn, node-modules',
      async () => {
        const cwd = application('yarn', yarnFiles('node-modules'))
        const yarn = await installWithYarn(cwd, tools)
        same(await runNode(['by-import.mjs'], { cwd }))
        same(await yarn('node', 'by-require.cjs'))
        expectMatch(await yarn('robust-features', '--version'), /^\d/, 'its version')
      },
    ],
    [
      "yarn, Plug'n'Play",
      () => checkPlugAndPlay(application('pnp', yarnFiles('pnp')), tools, same, expected),
    ],
  ]
}

async function checkPlugAndPlay(cwd, tools, same, { drawing }) {
  const yarn = await installWithYarn(cwd, tools)
  same(await yarn('node', 'by-import.mjs'))
  expectSame(await yarn('node', 'draw.mjs'), drawing, 'a drawing')
  expectMatch(await yarn('robust-features', 'doctor'), /^addon .*unplugged.*prebuilds/m, 'doctor')
  // Node 20 resolves what is required of an ES module without asking Yarn.
  const newer = tools.nodes.find((node) => !node.includes('node-20'))
  if (newer === undefined) return
  const hooks = ['--require', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs']
  same(await output(newer, [...hooks, 'by-require.cjs'], { cwd }))
}

/** An own lock file makes the folder a project of its own. */
function yarnFiles(nodeLinker) {
  return { '.yarnrc.yml': `nodeLinker: ${nodeLinker}\n`, 'yarn.lock': '' }
}

/** Yarn does not read npm's settings, and in CI refuses to write its lock file. */
async function installWithYarn(cwd, tools) {
  const registry = await output('npm', ['config', 'get', 'registry'])
  const environment = {
    YARN_NPM_REGISTRY_SERVER: registry.trim(),
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_ENABLE_TELEMETRY: 'false',
  }
  const yarn = (...args) =>
    runNode([tools.file('@yarnpkg', 'cli-dist', 'bin', 'yarn.js'), ...args], { cwd, environment })
  await yarn('install')
  return yarn
}
