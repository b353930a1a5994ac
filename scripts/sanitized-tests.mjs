// Builds the native unit tests with the given sanitizers and runs them:
// `node scripts/sanitized-tests.mjs address,undefined` or `node scripts/sanitized-tests.mjs thread`.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { buildSanitized, sanitizerSets } from './sanitized-build.mjs'
import { SetupError } from './setup/command.mjs'

const sanitizers = process.argv[2]
if (!sanitizerSets.includes(sanitizers)) {
  process.stderr.write(`Usage: node scripts/sanitized-tests.mjs ${sanitizerSets.join('|')}\n`)
  process.exit(2)
}

let directory
const start = performance.now()
try {
  directory = await buildSanitized(sanitizers)
} catch (error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`)
  process.exit(1)
}
console.log(`built in ${Math.round((performance.now() - start) / 1000)} s`)
const { status } = spawnSync(
  'ctest',
  [
    ...['--test-dir', directory, '--output-on-failure', '--no-tests=error'],
    ...['--parallel', String(availableParallelism())],
  ],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
      TSAN_OPTIONS: 'halt_on_error=1',
    },
  },
)
process.exit(status ?? 1)
