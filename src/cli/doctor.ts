import { arch, platform } from 'node:os'
import { Command } from 'commander'
import { addonSource, nativeAddon } from '../native/addon.js'
import { RobustFeaturesError } from '../native/errors.js'
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
  const findings = {
    version,
    node: process.version,
    platform: `${platform()}-${arch()}`,
    addon: addonSource(),
    compiler,
    instructionSet,
    blas,
    threads: threadBudget(),
    selfTest: await selfTest(),
  }
  process.stdout.write(json === true ? `${JSON.stringify(findings, null, 2)}\n` : describe(findings))
  if (!findings.selfTest.passed) {
    throw new RobustFeaturesError(
      'NATIVE_FAILURE',
      'Expected the native engine to agree with the oracle, got differences; do not trust results of this build.',
    )
  }
}

type Findings = {
  version: string
  node: string
  platform: string
  addon: { kind: string; path: string }
  compiler: string
  instructionSet: string
  blas: { version: string; kernel: string; threads: number }
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
    `threads           ${threads.threads} (${threads.reason})`,
    ...selfTest.checks.map(
      ({ name, passed, detail }) => `${passed ? 'passed' : 'FAILED'}  ${name}: ${detail}`,
    ),
    `self-test         ${selfTest.passed ? 'passed' : 'FAILED'}`,
  ]
  return `${lines.join('\n')}\n`
}
