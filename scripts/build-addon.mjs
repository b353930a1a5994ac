// What binding.gyp runs: the same compilation as set-up's, without installing anything.
import { compileAddon } from './setup/addon.mjs'

try {
  await compileAddon()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
