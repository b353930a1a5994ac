// Builds the addons that are published for this platform, with all they need inside, into prebuilds/, and checks them:
// `npm run build:prebuilds [-- --glibc 2.28]`, where the option is the newest glibc that they may need.
import { parseArgs } from 'node:util'
import { SetupError, stopChildrenOnSignals } from '../setup/command.mjs'
import { withLock } from '../setup/lock.mjs'
import { nodeModules } from '../setup/node-modules.mjs'
import { inProject, root } from '../setup/paths.mjs'
import { requireTools } from '../setup/tools.mjs'
import { typescript } from '../setup/typescript.mjs'
import { tableOf } from '../table.mjs'
import { buildAddons, buildTestsOfLibraries } from './addons.mjs'
import { checkPrebuilds } from './checks.mjs'
import { checkLicences } from './licences.mjs'
import { buildOnednn } from './onednn.mjs'
import { buildOpenblas } from './openblas.mjs'
import { nameOf, publishedPlatforms, thisPlatform } from './platforms.mjs'
import { commitOf, removeRecord, writeRecord } from './record.mjs'
import { whenAllEnd } from './when-all-end.mjs'

async function build(glibc) {
  const platform = thisPlatform()
  if (!publishedPlatforms.map(nameOf).includes(nameOf(platform)))
    throw new SetupError(
      `Expected one of ${publishedPlatforms.map(nameOf).join(', ')}, got ${nameOf(platform)}, for which nothing is published.`,
    )
  await requireTools(['cmake', 'compiler', 'make'])
  for (const step of [nodeModules, typescript]) if (!step.isCurrent()) await step.run()
  const [openblas, onednn] = await whenAllEnd([buildOpenblas(platform), buildOnednn(platform)])
  const libraries = { openblas, onednn }
  checkLicences({
    openblas: openblas.source,
    onednn: onednn.source,
    nodeAddonApi: inProject('node_modules', 'node-addon-api'),
  })
  removeRecord(root, platform)
  const commit = commitOf(root)
  await buildAddons(platform, libraries)
  const rows = await checkPrebuilds(platform, libraries, await buildTestsOfLibraries(libraries), glibc)
  process.stdout.write(`${nameOf(platform)}\n${tableOf(rows)}\n`)
  if (rows.every(({ passed }) => passed)) writeRecord(root, platform, commit)
  else process.exitCode = 1
}

stopChildrenOnSignals()
try {
  const { values } = parseArgs({ options: { glibc: { type: 'string' } } })
  await withLock(() => build(values.glibc))
} catch (error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`)
  process.exitCode = 1
}
