import { OURS } from './contenders/registry.js'
import { describeMachine } from './machine.js'
import { measureCase } from './measurement/measure-case.js'
import { paceOf } from './measurement/pace.js'
import type { CaseResult, MemoryOutcome } from './measurement/results.js'
import { measureMemory } from './memory.js'
import { HELP, type Options, parseOptions } from './options.js'
import { shownPath } from './paths.js'
import { findPeers, installPeers } from './peer-installation.js'
import { planOf } from './plan.js'
import { chartOf } from './report/chart.js'
import { type BenchmarkDocument, documentOf } from './report/document.js'
import { markdownOf } from './report/markdown.js'
import { openOutputFile } from './report/output-file.js'
import { runProgram } from './usage.js'

await runProgram(async () => {
  const options = parseOptions(process.argv.slice(2))
  if (options !== undefined) return run(options)
  process.stdout.write(HELP)
  return 0
})

async function run(options: Options): Promise<number> {
  const started = new Date()
  const write = await openOutputs(options)
  if (options.installPeers) await installPeers()
  const plan = planOf(options)
  const entries = plan.flatMap(({ participants }) => participants.map(({ contender }) => contender))
  const peers = await findPeers(entries, options, log)
  const { machine, versions } = await describeMachine()
  const pace = paceOf(options)
  const { quick, threads } = options
  const settings = {
    ...pace,
    quick,
    threads,
    python: shownPath(peers.python),
    libtensorflow: peers.libtensorflow === undefined ? null : shownPath(peers.libtensorflow),
  }
  const surroundings = { peers, pace, threads, rates: new Map<string, number>(), log }

  const cases: CaseResult[] = []
  let memory: MemoryOutcome | undefined
  const document = (complete: boolean) =>
    documentOf({ started, complete, machine, versions, settings, cases, memory })
  // After each case, so that an interruption loses nothing that was measured.
  await write(document(false))
  if (options.memory) {
    log('memory')
    memory = await measureMemory().catch(({ message }) => ({ failed: String(message) }))
    await write(document(false))
  }
  for (const planned of plan) {
    cases.push(await measureCase(planned, surroundings))
    await write(document(false))
  }
  await write(document(true))
  process.stdout.write(markdownOf(document(true)))
  return complainOf(cases, memory)
}

/** Opens the files that are asked for, and writes all of them at once. */
async function openOutputs({ json, markdown, chart }: Options) {
  const open = async (option: string, path: string | undefined) =>
    path === undefined ? undefined : openOutputFile(option, path)
  const files = [await open('--json', json), await open('--markdown', markdown), await open('--chart', chart)]
  return async (document: BenchmarkDocument) => {
    await files[0]?.write(`${JSON.stringify(document, null, 2)}\n`)
    await files[1]?.write(markdownOf(document))
    await files[2]?.write(chartOf(document.cases))
  }
}

/** 1 when ours took part and has no result, with the reason on stderr. */
function complainOf(cases: readonly CaseResult[], memory: MemoryOutcome | undefined): number {
  const broken = cases.flatMap(({ name, results }) =>
    results
      .filter(({ family, status }) => family === OURS && status !== 'measured' && status !== 'unsupported')
      .map((result) => `${name}, ${result.contender}: ${'reason' in result ? result.reason : ''}`),
  )
  if (memory !== undefined && 'failed' in memory) broken.push(`memory: ${memory.failed}`)
  if (broken.length > 0) process.stderr.write(`${OURS} has no result.\n${broken.join('\n')}\n`)
  return broken.length > 0 ? 1 : 0
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}
