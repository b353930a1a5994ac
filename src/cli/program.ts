import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { dataCommand } from './data/command.js'
import { doctorCommand } from './doctor.js'
import { evaluateCommand } from './evaluate.js'
import { exportCommand } from './export.js'
import { featuresCommand } from './features.js'
import { reportCommand } from './report.js'
import { reproduceCommand } from './reproduce.js'
import { sweepCommand } from './sweep.js'
import { trainCommand } from './train.js'

/** The command line; every failure is thrown, nothing exits by itself. */
export function buildProgram(): Command {
  const program = new Command('robust-features')
    .description('Why adversarial examples exist and how adversarial training helps, on a CPU.')
    .version(packageVersion())
    .addHelpText(
      'after',
      `
Examples:
  robust-features reproduce --scale smoke
  robust-features report runs
  robust-features train examples/adversarial.yaml
  robust-features evaluate weights.safetensors --data mnist --radius 0.3
  robust-features export weights.safetensors --out network.onnx
  robust-features features weights.safetensors --data cifar10 --kind targeted-next --out features
  robust-features sweep examples/sweeps/density-and-radius.yaml
  robust-features data fetch mnist cifar10
  robust-features doctor`,
    )
  for (const command of [
    reproduceCommand(),
    sweepCommand(),
    trainCommand(),
    evaluateCommand(),
    exportCommand(),
    featuresCommand(),
    reportCommand(),
    dataCommand(),
    doctorCommand(),
  ])
    program.addCommand(command)
  reportErrorsAsSentences(program)
  return program
}

function reportErrorsAsSentences(command: Command): void {
  command.exitOverride().configureOutput({ outputError })
  for (const inner of command.commands) reportErrorsAsSentences(inner)
}

/** Commander's message and its suggestion, else where to look, as one sentence. */
function outputError(text: string, write: (text: string) => void): void {
  const [first = '', suggestion] = text.trim().split('\n')
  const hint = suggestion?.match(/Did you mean (.*)\?/)?.[1]
  const sentence = first.replace(/^error: /, '')
  const ending = hint === undefined ? '; run it with --help for usage.' : `; did you mean ${hint}?`
  write(`robust-features: ${sentence.replace(/\.$/, '')}${ending}\n`)
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return version
}
