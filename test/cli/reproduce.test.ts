import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type ExperimentRecord, judgeAll, readHistory, readSafetensors } from '../../src/index.js'
import { type CommandEnding, folderForCommands, linesOf, run } from '../helpers/command-line.js'
import { describeLayered } from '../helpers/layered-cases.js'

const folder = folderForCommands()

const smoke = ['reproduce', 'standard-training', 'adversarial-training', '--scale', 'smoke']
const outOf = (threads: number) => join(folder, `threads-${threads}`)
const recordsIn = (out: string): ExperimentRecord[] =>
  JSON.parse(readFileSync(join(out, 'records.json'), 'utf8'))
const filesIn = (out: string, name: string) =>
  readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(name))
    .toSorted()
const runFoldersIn = (out: string) =>
  readdirSync(out).filter((name) => !['records.json', 'report.html'].includes(name))
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const hashesIn = (out: string, name: string) =>
  filesIn(out, name).map((path) => [path, sha256(join(out, path))] as const)

describe('reproduce on structured data', () => {
  const counts = [1, 2, 3]
  const endings = new Map<number, CommandEnding>()

  beforeAll(async () => {
    for (const threads of counts) {
      const args = [...smoke, '--seeds', '1', '--threads', String(threads), '--out', outOf(threads)]
      endings.set(threads, await run(args))
    }
  })

  it('prints a table and, as the last line, the folder of the records', () => {
    for (const threads of counts) {
      const lines = linesOf(endings.get(threads)!)
      expect(lines.at(-1)).toBe(outOf(threads))
      const table = lines.join('\n')
      for (const { id, verdict } of recordsIn(outOf(threads))) {
        expect(table).toContain(` ${id} `)
        expect(table).toContain(` ${verdict} `)
      }
    }
  })

  it('writes nothing but lines of text into a pipe', () => {
    for (const { stdout, stderr } of endings.values()) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
      expect(stdout + stderr).not.toMatch(/[\r\u001b]/)
      const lines = stderr.trimEnd().split('\n')
      // Of the only seed there is no other network.
      expect(lines.filter((line) => line.startsWith('With one seed'))).toHaveLength(2)
      for (const line of lines)
        expect(line).toMatch(/^( *\d+ % [\w-]+: seed 1\b.*(?<!…)(?<!… left)|With one seed .*\.)$/)
    }
  })

  it('gives equal weights, coefficients, histories and records for any number of threads', () => {
    for (const name of ['weights.safetensors', 'coefficients.safetensors', 'history.jsonl', 'records.json']) {
      const [expected, ...others] = counts.map((threads) => hashesIn(outOf(threads), name))
      expect(expected!.length).toBe(name === 'records.json' ? 3 : 4)
      for (const other of others) expect(other).toEqual(expected)
    }
    const weights = hashesIn(outOf(1), 'weights.safetensors').map(([, hash]) => hash)
    expect(new Set(weights).size).toBe(4)
  })

  it('leaves run folders with everything in them', async () => {
    const out = outOf(1)
    const folders = runFoldersIn(out)
    expect(folders.toSorted()).toEqual([
      expect.stringMatching(/^adversarial-training-[0-9a-f]{12}$/),
      expect.stringMatching(/^standard-training-[0-9a-f]{12}$/),
    ])
    for (const name of folders) {
      // Only experiments that draw figures have a folder for them.
      const files = readdirSync(join(out, name)).filter((file) => file !== 'figures')
      expect(files.toSorted()).toEqual([
        'config.json',
        'environment.json',
        'figures.json',
        'flags.json',
        'records.json',
        'report.html',
        'seed-1',
        'timings.json',
      ])
      for (const file of files.filter((file) => file.endsWith('.json')))
        JSON.parse(readFileSync(join(out, name, file), 'utf8'))
    }
    const [training = ''] = filesIn(out, 'weights.safetensors')
    const history = await readHistory(join(out, training, '..', 'history.jsonl'))
    const { tensors } = await readSafetensors(join(out, training, '..', 'coefficients.safetensors'))
    expect([...tensors.keys()].toSorted()).toEqual(['iterations', 'nonRobust', 'robust'])
    expect([...tensors.get('iterations')!.data]).toEqual(history.map(({ iteration }) => iteration))
    expect(tensors.get('robust')!.shape).toEqual([history.length, 2 * 8 * 2])
    const last = history.at(-1) as unknown as { coefficients: { robust: number[] } }
    expect([...tensors.get('robust')!.data.slice(-32)]).toEqual(last.coefficients.robust)
  })

  it('joins the records of its experiments', () => {
    const all = recordsIn(outOf(1))
    const folders = runFoldersIn(outOf(1))
    const parts = folders.flatMap((name) => recordsIn(join(outOf(1), name)))
    expect(all).toHaveLength(13)
    expect(all.toSorted(byId)).toEqual(parts.toSorted(byId))
  })

  it('does not run again what is finished', async () => {
    const out = outOf(2)
    const before = filesIn(out, 'weights.safetensors').map((path) => statSync(join(out, path)).mtimeMs)
    const hashes = hashesIn(out, 'records.json')
    const ending = await run([...smoke, '--seeds', '1', '--out', out])
    expect(linesOf(ending).at(-1)).toBe(out)
    expect(ending.stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^standard-training: already finished in .*standard-training-[0-9a-f]{12}\.$/),
      expect.stringMatching(/^adversarial-training: already finished in .*\.$/),
    ])
    expect(filesIn(out, 'weights.safetensors').map((path) => statSync(join(out, path)).mtimeMs)).toEqual(
      before,
    )
    expect(hashesIn(out, 'records.json')).toEqual(hashes)
  })

  it('completes a folder that lacks its records from the trainings it has', async () => {
    const out = outOf(3)
    const before = hashesIn(out, 'records.json')
    const weights = filesIn(out, 'weights.safetensors')
    const times = weights.map((path) => statSync(join(out, path)).mtimeMs)
    for (const path of filesIn(out, 'records.json')) rmSync(join(out, path))
    linesOf(await run([...smoke, '--seeds', '1', '--threads', '2', '--out', out]))
    expect(hashesIn(out, 'records.json')).toEqual(before)
    expect(weights.map((path) => statSync(join(out, path)).mtimeMs)).toEqual(times)
  })

  it('--json prints the records, judged by the conditions they state', async () => {
    const out = join(folder, 'json')
    const ending = await run([...smoke, '--json', '--quiet', '--seed', '5', '--out', out])
    const { directory, report, runs } = JSON.parse(linesOf(ending).join('\n'))
    expect(ending.stderr).toBe('')
    expect(directory).toBe(out)
    expect(report).toBe(join(out, 'report.html'))
    const records = recordsIn(out)
    expect(runs.flatMap((run: { records: unknown[] }) => run.records)).toEqual(records)
    for (const { conditions, verdict, measured, criterion, seeds, config } of records) {
      expect(seeds).toEqual([5, 6])
      expect(verdict).toBe(judgeAll(conditions))
      expect(measured).toEqual(conditions[0]!.measured)
      expect(criterion).toBe(conditions.map((condition) => condition.criterion.text).join(' and '))
      for (const condition of conditions) expect(condition.measured.n).toBe(2)
      expect(config).toHaveProperty('radius')
    }
    // With two seeds there are intervals, so some claim is decided.
    expect(records.some(({ verdict }) => verdict !== 'inconclusive')).toBe(true)
  })
})

describeLayered('reproduce on MNIST', () => {
  it('judges standard and adversarial training', async () => {
    const out = join(folder, 'mnist')
    const lines = linesOf(
      await run(['reproduce', 'image-accuracy', '--scale', 'smoke', '--seeds', '1', '--out', out]),
    )
    expect(lines.at(-1)).toBe(out)
    const records = recordsIn(out)
    expect(records.map(({ id, dataset }) => [id, dataset])).toEqual([
      ['image-accuracy/mnist/standard', 'mnist'],
      ['image-accuracy/mnist/adversarial', 'mnist'],
    ])
    for (const { verdict, conditions } of records) expect(verdict).toBe(judgeAll(conditions))
  })
})

function byId(a: ExperimentRecord, b: ExperimentRecord): number {
  return a.id < b.id ? -1 : 1
}
