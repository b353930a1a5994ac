// Builds the native unit tests with the given sanitizers and runs them:
// `node scripts/sanitized-tests.mjs address,undefined` or `node scripts/sanitized-tests.mjs thread`.
import { spawnSync } from 'node:child_process'
import { SetupError } from './setup/command.mjs'
import { buildNativeTests } from './setup/native-tests.mjs'
import { inProject } from './setup/paths.mjs'
import { hasTool } from './setup/tools.mjs'

const sanitizers = process.argv[2]
if (!['address,undefined', 'thread'].includes(sanitizers)) {
  process.stderr.write('Usage: node scripts/sanitized-tests.mjs address,undefined|thread\n')
  process.exit(2)
}

const directory = inProject('build', `tests-${sanitizers.replace(',', '-')}`)
try {
  await buildNativeTests(directory, hasTool('onednn'), [
    `-DROBUST_FEATURES_SANITIZE=${sanitizers}`,
    '-DCMAKE_BUILD_TYPE=RelWithDebInfo',
  ])
} catch (error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`)
  process.exit(1)
}
const { status } = spawnSync('ctest', ['--test-dir', directory, '--output-on-failure', '--no-tests=error'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    TSAN_OPTIONS: 'halt_on_error=1',
  },
})
process.exit(status ?? 1)
