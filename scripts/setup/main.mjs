import { addon } from './addon.mjs'
import { toolsOfChecks } from './check-tools.mjs'
import { report, SetupError, stopChildrenOnSignals } from './command.mjs'
import { withLock } from './lock.mjs'
import { nativeBench } from './native-bench.mjs'
import { nativeTests } from './native-tests.mjs'
import { nodeModules } from './node-modules.mjs'
import { typescript } from './typescript.mjs'

const usage = 'Usage: node scripts/setup/main.mjs [--for run|addon|dist|tests|checks|bench]'
const stepsFor = {
  run: [nodeModules, addon, typescript],
  addon: [nodeModules, addon],
  dist: [nodeModules, typescript],
  tests: [nodeModules, addon, typescript, nativeTests],
  checks: [toolsOfChecks, nodeModules, addon, typescript, nativeTests],
  bench: [nodeModules, addon, typescript, nativeBench],
}

function parse(args) {
  if (args.length === 0) return stepsFor.run
  const [flag, purpose] = args
  if (args.length !== 2 || flag !== '--for' || !Object.hasOwn(stepsFor, purpose)) return undefined
  return stepsFor[purpose]
}

async function setUp(steps) {
  if (steps.every((step) => step.isCurrent())) return
  const start = Date.now()
  await withLock(async () => {
    for (const step of steps) if (!step.isCurrent()) await step.run()
  })
  report(`done in ${Math.round((Date.now() - start) / 1000)} s`)
}

const steps = parse(process.argv.slice(2))
if (!steps) {
  process.stderr.write(`${usage}\n`)
  process.exit(2)
}
stopChildrenOnSignals()
try {
  await setUp(steps)
} catch (error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`)
  process.exitCode = 1
}
