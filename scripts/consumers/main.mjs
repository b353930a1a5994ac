// The packed package in projects as others have them: package managers, bundlers, TypeScript, versions of Node, and
// platforms without an addon. Ends with a table. Needs what set-up builds, and the package registry.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableOf } from '../table.mjs'
import { bundlerChecks, movedBundleChecks } from './bundlers.mjs'
import { messageChecks } from './messages.mjs'
import { nodeVersionChecks } from './node-versions.mjs'
import { installTools, packWithAddons } from './package-and-tools.mjs'
import { installWithNpm, npmChecks, otherManagers } from './package-managers.mjs'
import { typescriptChecks } from './typescript.mjs'

const rows = []

/** Runs checks `[name, action]`, as many at once as there are processors. */
async function run(checks) {
  const queue = [...checks]
  const worker = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) await runCheck(check)
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))
}

async function runCheck([name, action]) {
  const began = performance.now()
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`
  try {
    const found = await action()
    rows.push({ check: name, measured: [seconds(), found].filter(Boolean).join(', '), passed: true })
  } catch (error) {
    rows.push({ check: name, measured: seconds(), passed: false })
    console.error(`${name}: ${error.message}\n`)
  }
}

async function checkConsumers(folder) {
  const [package_, tools] = await Promise.all([packWithAddons(folder), installTools(join(folder, 'tools'))])
  const application = await installWithNpm(join(folder, 'application'), package_)
  await run([
    ...otherManagers(folder, package_, tools, application),
    ...bundlerChecks(tools, application),
    ...nodeVersionChecks(tools.nodes, application),
    ...typescriptChecks(application),
    ...npmChecks(application),
    ...messageChecks(application),
  ])
  await run(movedBundleChecks(folder, package_, application))
}

const folder = mkdtempSync(join(tmpdir(), 'robust-features-consumers-'))
const remove = () => rmSync(folder, { recursive: true, force: true })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
process.once('exit', remove)
await checkConsumers(folder)
console.log(tableOf(rows))
process.exitCode = rows.every(({ passed }) => passed) ? 0 : 1
