import { arch, platform } from 'node:os'
import { Command } from 'commander'
import { addonSource, nativeAddon } from '../native/addon.js'
import type { AddonSource } from '../native/addon-loader.js'
import { RobustFeaturesError } from '../native/errors.js'
import { layeredAddon, layeredAddonSource } from '../native/layered-addon.js'
import { threadBudget } from '../native/threads.js'
import { selfTest } from './self-test.js'

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Show how the native engine runs here, and test it against the TypeScript oracle.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  robust-features doctor --json')
    .action(doctor)
}

async function doctor({ json }: { json?: boolean }): Promise<void> {
  const { version, compiler, instructionSet, blas } = nativeAddon().information()
  const layered = layeredFindings()
  const findings = {
    version,
    node: process.version,
    platform: `${platform()}-${arch()}`,
    addon: addonSource(),
    compiler,
    instructionSet,
    blas,
    layered,
    threads: threadBudget(),
    selfTest: await selfTest('addon' in layered),
  }
  process.stdout.write(json === true ? `${JSON.stringify(findings, null, 2)}\n` : describe(findings))
  if (!findings.selfTest.passed) {
    throw new RobustFeaturesError(
      'NATIVE_FAILURE',
      'Expected the native engine to agree with the oracle, got differences; do not trust results of this build.',
    )
  }
}

type LayeredFindings =
  | {
      readonly addon: AddonSource
      readonly version: string
      readonly onednn: { readonly version: string; readonly instructionSet: string }
    }
  | { readonly unavailable: string }

/** The core does without layered networks, so that their absence is no failure. */
function layeredFindings(): LayeredFindings {
  try {
    return { addon: layeredAddonSource(), ...layeredAddon().information() }
  } catch (error) {
    if (error instanceof RobustFeaturesError && error.code === 'NATIVE_ADDON_UNAVAILABLE')
      return { unavailable: error.message }
    throw error
  }
}

function describeLayered(layered: LayeredFindings): string {
  if ('unavailable' in layered) return `not built: ${layered.unavailable}`
  const { addon, onednn } = layered
  return `oneDNN ${onednn.version}, ${onednn.instructionSet}, ${addon.kind}: ${addon.path}`
}

type Findings = {
  version: string
  node: string
  platform: string
  addon: AddonSource
  compiler: string
  instructionSet: string
  blas: { version: string; kernel: string; threads: number }
  layered: LayeredFindings
  threads: { threads: number; reason: string }
  selfTest: { passed: boolean; checks: { name: string; passed: boolean; detail: string }[] }
}

function describe(findings: Findings): string {
  const { version, node, addon, compiler, instructionSet, blas, threads, selfTest } = findings
  const lines = [
    `robust-features   ${version}`,
    `node              ${node} on ${findings.platform}`,
    `addon             ${addon.kind}: ${addon.path} (compiler ${compiler})`,
    `instruction set   ${instructionSet}`,
    `BLAS              OpenBLAS ${blas.version}, kernel ${blas.kernel}, held at ${blas.threads} thread`,
    `layered networks  ${describeLayered(findings.layered)}`,
    `threads           ${threads.threads} (${threads.reason})`,
    ...selfTest.checks.map(
      ({ name, passed, detail }) => `${passed ? 'passed' : 'FAILED'}  ${name}: ${detail}`,
    ),
    `self-test         ${selfTest.passed ? 'passed' : 'FAILED'}`,
  ]
  return `${lines.join('\n')}\n`
}
