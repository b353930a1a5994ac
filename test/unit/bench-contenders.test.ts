import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cases } from '../../bench/cases/cases.js'
import { ContenderProcess, lastErrorLine } from '../../bench/contender-process.js'
import { contenderNamed } from '../../bench/contenders/registry.js'
import { paceOf } from '../../bench/measurement/pace.js'
import { makeReady, type ReadyContender, type Surroundings } from '../../bench/measurement/ready-contender.js'
import type { NotMeasured } from '../../bench/measurement/results.js'
import { interleave } from '../../bench/measurement/rounds.js'
import type { Participant } from '../../bench/plan.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const benchmark = cases[0]!
const request = { case: benchmark, problem: '', threads: 1, checkedSteps: 4 }

/** A program that answers a request `ask` with what `reply` says; it knows its name and its number of threads. */
function program(reply: string): string {
  return `
    const [name, threads] = [process.argv.at(-1), Number(process.env.BENCH_THREADS)]
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const ask = JSON.parse(line)
      const say = (answer) => console.log(JSON.stringify(answer))
      ${reply}
    })`
}

function start(reply: string, limitSeconds = 20): ContenderProcess {
  const args = ['-e', program(reply), 'fake']
  const contender = new ContenderProcess({ program: process.execPath, args, environment: {} }, limitSeconds)
  onTestFinished(() => contender.end())
  return contender
}

describe('a contender in its process', () => {
  it('answers what it is asked', async () => {
    const contender = start(
      `say(ask.do === 'run' ? { seconds: ask.repetitions } : { losses: [ask.checkedSteps] })`,
    )
    expect(await contender.prepare(request)).toEqual({ losses: [4], versions: {}, settings: {} })
    expect(await contender.seconds(3)).toBe(3)
  })

  it('may be unable to do a case', async () => {
    const contender = start(`say({ unsupported: 'No such thing.' })`)
    expect(await contender.prepare(request)).toEqual({ unsupported: 'No such thing.' })
  })

  it.each([
    [`console.error('warming up'); throw new Error('no memory')`, /ended: exit code 1; Error: no memory\.$/],
    [`process.kill(process.pid, 'SIGSEGV')`, /ended: signal SIGSEGV\.$/],
    [`process.exit(0)`, /ended: exit code 0\.$/],
    [`say({ error: 'ValueError: odd' }); process.exitCode = 1`, /^ValueError: odd$/],
    [`console.log('Hello')`, /^Expected one line of JSON, got 'Hello'\.$/],
    [`say({ seconds: -1 })`, /^Expected an answer to 'prepare', got/],
    [`console.log('{"losses":[NaN]}')`, /^Expected one line of JSON/],
  ])('%# that fails says why', async (reply, reason) => {
    await expect(start(reply).prepare(request)).rejects.toMatchObject({
      status: 'failed',
      message: expect.stringMatching(reason),
    })
  })

  it('is killed when it hangs', async () => {
    const contender = start('for (;;);', 1)
    await expect(contender.prepare(request)).rejects.toMatchObject({
      status: 'timeout',
      message: "No answer to 'prepare' within 1 s.",
    })
    await contender.end()
    await expect(contender.seconds(1)).rejects.toMatchObject({ message: /signal SIGKILL/ })
  })

  it('that cannot be started fails', async () => {
    const contender = new ContenderProcess({ program: '/none/python', args: [], environment: {} }, 5)
    await expect(contender.prepare(request)).rejects.toMatchObject({
      message: /could not be started.*ENOENT/,
    })
    await contender.end()
  })
})

describe('the telling line of a crash', () => {
  it('is the error, not the stack and version below it', () => {
    expect(
      lastErrorLine(
        'node:internal\n  throw err;\n\nError: Cannot find x\n    at a (b.js:1)\n}\n\nNode.js v20.20.2\n',
      ),
    ).toBe('Error: Cannot find x')
    expect(lastErrorLine('Traceback:\n  File "x.py"\nModuleNotFoundError: No module named y.\n')).toBe(
      'ModuleNotFoundError: No module named y',
    )
    expect(lastErrorLine('Killed\n')).toBe('Killed')
    expect(lastErrorLine('')).toBe('')
  })
})

describe('getting a contender ready', () => {
  const reference = { losses: [1, 2, 3, 4], checkedAgainst: 'oracle', oracleSecondsPerGflop: 1 }

  /** Python contenders whose interpreter is a program of ours. */
  function surroundings(reply: string, changes: Partial<Surroundings> = {}): Surroundings {
    const python = join(temporaryFolder(), 'python')
    writeFileSync(python, `#!${process.execPath}\n${program(reply)}`)
    chmodSync(python, 0o755)
    return {
      peers: { python, libtensorflow: undefined, missing: new Set() },
      pace: paceOf({ quick: false, rounds: 3, timeLimit: 20 }),
      threads: 2,
      rates: new Map(),
      log: () => {},
      ...changes,
    }
  }
  const participant = (threads?: number): Participant => ({
    name: 'numpy',
    contender: contenderNamed('numpy'),
    benchmark,
    ...(threads !== undefined && { threads }),
  })
  async function ready(reply: string, changes: Partial<Surroundings> = {}, threads?: number) {
    const found = await makeReady(participant(threads), '', reference, surroundings(reply, changes))
    if ('process' in found) onTestFinished(() => found.process.end())
    return found
  }
  const right = `losses: [1, 2, 3, 4.0001]`

  it('keeps the faster thread count', async () => {
    const reply = `say(ask.do === 'run' ? { seconds: ask.repetitions * (threads === 1 ? 0.01 : 0.02) } : { ${right} })`
    expect(await ready(reply)).toMatchObject({ threads: 1, threadsTried: [2, 1], stepSeconds: 0.01 })
    expect(await ready(reply, {}, 2)).toMatchObject({ threads: 2, threadsTried: [2], stepSeconds: 0.02 })
  })

  it('does not try a long step again', async () => {
    const reply = `say(ask.do === 'run' ? { seconds: 6 } : { ${right} })`
    expect(await ready(reply)).toMatchObject({ threads: 2, threadsTried: [2] })
  })

  it.each([
    ['{ losses: [1, 2, 3, 4.001] }', /^Its losses differ by 2\.5e-4, more than 0\.0001\.$/],
    ['{ losses: [1, 2, 3] }', /^Its losses are not finite or not as many/],
    ['{ losses: [1, 2, 3, null] }', /^Its losses are not finite/],
  ])('gives none whose answer is %s', async (answer, reason) => {
    expect(await ready(`say(${answer})`)).toEqual(
      expect.objectContaining({ status: 'wrong', reason: expect.stringMatching(reason) }),
    )
  })

  it('gives none that is unsupported, missing or too slow, with the reason', async () => {
    expect(await ready(`say({ unsupported: 'No.' })`)).toEqual({ status: 'unsupported', reason: 'No.' })
    const peers = { python: 'python3', libtensorflow: undefined, missing: new Set(['numpy']) }
    expect(await ready('', { peers })).toEqual({
      status: 'missing',
      reason: 'python3 has no numpy; --install-peers installs it.',
    })
    expect(await ready('', { rates: new Map([['numpy', 1e6]]) })).toMatchObject({ status: 'skipped' })
    const hanging = paceOf({ quick: false, rounds: 3, timeLimit: 1 })
    expect(await ready('', { pace: hanging })).toMatchObject({ status: 'timeout' })
  })

  it('goes on with the others when one crashes in a round', async () => {
    const pace = paceOf({ quick: true, rounds: 4, timeLimit: 20 })
    const steady = await ready(`say(ask.do === 'run' ? { seconds: ask.repetitions * 0.02 } : { ${right} })`, {
      pace,
    })
    const crashing = await ready(
      `globalThis.runs = (globalThis.runs ?? 0) + 1
       if (globalThis.runs > 4) throw new Error('worn out')
       say(ask.do === 'run' ? { seconds: ask.repetitions * 0.02 } : { ${right} })`,
      { pace },
    )
    const slow = await ready(`say(ask.do === 'run' ? { seconds: ask.repetitions } : { ${right} })`, { pace })
    const all = [steady, crashing, slow].map((found, index) => {
      if (!('process' in found)) throw new Error(found.reason)
      return { ...found, participant: { ...found.participant, name: String(index) } }
    })
    const waiting = new Map<Participant, ReadyContender>(all.map((found) => [found.participant, found]))
    const outcomes = new Map<Participant, NotMeasured>()
    const rounds = await interleave(waiting, outcomes, pace)
    const named = (map: ReadonlyMap<Participant, unknown>) => [...map.keys()].map(({ name }) => name)
    expect(named(waiting)).toEqual(['0', '2'])
    expect([...outcomes.values()]).toEqual([
      { status: 'failed', reason: expect.stringContaining('worn out') },
    ])
    expect(rounds.get(all[0]!.participant)).toEqual([20, 20, 20, 20])
    expect(rounds.get(all[2]!.participant)).toEqual([1000, 1000])
  })

  it('leaves no process behind', async () => {
    const found = await ready(
      `say(ask.do === 'run' ? { seconds: 1 } : { ${right}, settings: { pid: process.pid } })`,
    )
    if (!('process' in found)) throw new Error(found.reason)
    const pid = Number(found.prepared.settings.pid)
    await found.process.end()
    await pause(10)
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  })
})
