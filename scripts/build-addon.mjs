// What binding.gyp runs: the same compilation as set-up's, without installing anything.
import { compileAddon } from './setup/addon.mjs'
import { report } from './setup/command.mjs'
import { hasTool } from './setup/tools.mjs'

const layered = hasTool('onednn')
if (!layered) report('building without layered networks, which need oneDNN')
try {
  await compileAddon(layered)
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
