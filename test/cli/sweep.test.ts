import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type CommandEnding,
  folderForCommands,
  linesOf,
  run,
  sentenceOf,
  start,
  waitFor,
} from '../helpers/command-line.js'
import { projectRoot } from '../helpers/run-node.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { tinyTraining } from '../helpers/training-config.js'

const folder = folderForCommands()

const example = (name: string) => join(projectRoot, 'examples', 'sweeps', name)
const only = (out: string) => join(out, readdirSync(out)[0] ?? '')
const textIn = (out: string, name: string) => readFileSync(join(only(out), name), 'utf8')
const cellFolders = (out: string) => readdirSync(join(only(out), 'cells'))
const resultsIn = (out: string) =>
  existsSync(out) && existsSync(join(only(out), 'cells'))
    ? cellFolders(out).filter((id) => existsSync(join(only(out), 'cells', id, 'result.json')))
    : []

function configFile(changes: object): string {
  const path = join(temporaryFolder(), 'sweep.json')
  const config = {
    name: 'test',
    base: { kind: 'training', config: tinyTraining },
    parameters: { 'training.learningRate': [0.1, 0.2] },
    ...changes,
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

describe('a sweep of two hundred cells of which one fails', () => {
  const path = example('two-hundred-cells.yaml')
  const out = join(folder, 'two-hundred')
  const failed =
    /([0-9a-f]{12}) \(network\.activation=\{"kind":"polynomial","power":4\}, training\.learningRate=1e\+30, seed 1\): The loss is no longer finite at iteration 1; .* \[DIVERGED\]$/
  let ending: CommandEnding

  beforeAll(async () => {
    ending = await run(['sweep', path, '--threads', '2', '--out', out])
  }, 180_000)

  it('has 199 results, exit code 1 and a summary that names the cell', () => {
    const { code, stdout, stderr } = ending
    expect(code).toBe(1)
    const [first, second = '', third, ...rest] = stdout.trimEnd().split('\n')
    expect(first).toBe('199 of 200 cells finished, 1 failed.')
    expect(second).toMatch(/^failed: /)
    expect(second).toMatch(failed)
    expect(third).toBe(only(out))
    expect(rest).toEqual([])
    expect(resultsIn(out)).toHaveLength(199)
    const [, id = ''] = second.match(failed) ?? []
    expect(readdirSync(join(only(out), 'cells', id))).toContain('error.json')
    expect(stderr).toMatch(new RegExp(`^cell ${id} \\(.*\\[DIVERGED\\]$`, 'm'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
    expect(stdout + stderr).not.toMatch(/[\r\u001b]/)
  })

  it('leaves one table as CSV and Parquet', async () => {
    expect(readdirSync(only(out)).toSorted()).toEqual([
      'cells',
      'cells.csv',
      'cells.parquet',
      'config.json',
      'environment.json',
      'timings.json',
    ])
    const lines = textIn(out, 'cells.csv').trimEnd().split('\n')
    expect(lines).toHaveLength(201)
    const bytes = readFileSync(join(only(out), 'cells.parquet'))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    const rows = await parquetReadObjects({ file })
    const names = lines[0]!.split(',')
    for (const [position, row] of rows.entries()) {
      expect(Object.keys(row)).toEqual(names)
      const cells = names.map((name) => (row[name] === null ? '' : String(row[name])))
      const quoted = cells.map((text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
      expect(quoted.join(',')).toBe(lines[position + 1])
    }
    expect(rows.filter(({ status }) => status === 'finished')).toHaveLength(199)
    expect(rows.filter((row) => row['error.code'] === 'DIVERGED')).toHaveLength(1)
  })

  it('tries only the failed cell again, and --json names it too', async () => {
    const before = textIn(out, 'cells.csv')
    const again = await run(['sweep', path, '--out', out, '--json', '--quiet'])
    expect(again.code).toBe(1)
    const { directory, cells, finished, failures } = JSON.parse(again.stdout)
    expect({ directory, cells, finished }).toEqual({ directory: only(out), cells: 200, finished: 199 })
    expect(failures).toEqual([
      {
        cell: expect.stringMatching(/^[0-9a-f]{12}$/),
        label: expect.stringContaining('training.learningRate=1e+30'),
        directory: expect.stringContaining(join(only(out), 'cells')),
        error: { code: 'DIVERGED', message: expect.any(String) },
      },
    ])
    expect(again.stderr.split('\n')).toEqual([expect.stringMatching(/^cell .*\[DIVERGED\]$/), ''])
    expect(textIn(out, 'cells.csv')).toBe(before)
  })

  it('that is killed goes on where it was, to the same table with another number of processes', async () => {
    const other = join(folder, 'killed')
    const command = start(['sweep', path, '--threads', '1', '--out', other])
    await waitFor(command, 'some results', () => resultsIn(other).length > 20)
    command.process.kill('SIGKILL')
    await command.ended
    const kept = resultsIn(other).map((id) => join(only(other), 'cells', id, 'result.json'))
    const times = kept.map((file) => statSync(file).mtimeMs)
    expect(existsSync(join(only(other), 'cells.csv'))).toBe(false)
    const again = await run(['sweep', path, '--threads', '3', '--out', other])
    expect(again.code).toBe(1)
    expect(again.stderr).toMatch(/^two-hundred-cells: \d+ of 200 cells are already finished\./)
    expect(kept.map((file) => statSync(file).mtimeMs)).toEqual(times)
    for (const name of ['cells.csv', 'cells.parquet']) expect(textIn(other, name)).toBe(textIn(out, name))
  })
})

describe('sweep', () => {
  it('runs its example over density and radius', async () => {
    const lines = linesOf(
      await run(['sweep', example('density-and-radius.yaml'), '--out', temporaryFolder()]),
    )
    expect(lines[0]).toBe('24 of 24 cells finished, 0 failed.')
  })

  it('varies an experiment, each record in columns of its own', async () => {
    const out = temporaryFolder()
    const path = configFile({
      base: { kind: 'experiment', experiment: 'standard-training', scale: 'smoke' },
      parameters: { 'preset.distribution.nonRobustPatches': [20, 40], 'preset.training.iterations': [5] },
    })
    linesOf(await run(['sweep', path, '--out', out]))
    const [header, ...rows] = textIn(out, 'cells.csv').trimEnd().split('\n')
    expect(rows).toHaveLength(2)
    expect(header).toContain(
      'result.records.standard-training.verdict,result.records.standard-training.v/u (u at least σ_0),result.records.standard-training.clean accuracy,',
    )
    const [a, b] = cellFolders(out).map((id) => readdirSync(join(only(out), 'cells', id)))
    for (const files of [a, b])
      expect(files).toContainEqual(expect.stringMatching(/^standard-training-[0-9a-f]{12}$/))
  })

  it('with --fail-fast stops at the first failure, and says how many cells have not run', async () => {
    const out = temporaryFolder()
    const path = configFile({
      base: {
        kind: 'training',
        config: {
          ...tinyTraining,
          network: { ...tinyTraining.network, activation: { kind: 'polynomial', power: 4 } },
        },
      },
      parameters: {
        'training.learningRate': [1e30, ...Array.from({ length: 60 }, (_, i) => 0.01 + i / 1000)],
      },
    })
    const { code, stdout } = await run(['sweep', path, '--threads', '1', '--fail-fast', '--out', out])
    expect(code).toBe(1)
    const [first = ''] = stdout.split('\n')
    const [, finished, notRun] = first.match(/^(\d+) of 61 cells finished, 1 failed, (\d+) not run\.$/) ?? []
    expect(Number(notRun)).toBeGreaterThan(0)
    expect(Number(finished) + Number(notRun)).toBe(60)
    expect(
      textIn(out, 'cells.csv')
        .split('\n')
        .filter((line) => line.includes(',not run,')),
    ).toHaveLength(Number(notRun))
  })

  it('by Ctrl-C stops cleanly', async () => {
    const out = temporaryFolder()
    const path = configFile({
      base: {
        kind: 'training',
        config: { ...tinyTraining, training: { ...tinyTraining.training, recordEvery: 1e6 } },
      },
      parameters: { 'training.iterations': [1, 2, 3, 3e6] },
    })
    const command = start(['sweep', path, '--threads', '2', '--out', out])
    await waitFor(command, 'the short cells', () => resultsIn(out).length === 3)
    command.process.kill('SIGINT')
    const { code, stdout, stderr } = await command.ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/\[ABORTED\]\nRun the same command again to go on from here\.\n$/)
    expect(resultsIn(out)).toHaveLength(3)
  })

  it('says that it cannot write, and leaves nothing half-written', async () => {
    const out = temporaryFolder()
    const path = configFile({ parameters: { 'training.iterations': [1, 2, 3] } })
    linesOf(await run(['sweep', path, '--out', out]))
    const [id = ''] = cellFolders(out)
    rmSync(join(only(out), 'cells', id), { recursive: true })
    writeFileSync(join(only(out), 'cells', id), 'a file in place of the folder')
    const sentence = sentenceOf(await run(['sweep', path, '--out', out, '--quiet']), 1)
    expect(sentence).toMatch(new RegExp(`^Expected .*${id} to be writable, got .*\\[WRITE_FAILED\\]$`))
  })

  it.each<[string, object, RegExp]>([
    [
      'an option that does not exist',
      { parameters: { 'training.learningRte': [1] } },
      /^With training\.learningRte=1: Unknown option `learningRte` in `training`; did you mean `learningRate`\? \[UNKNOWN_OPTION\]$/,
    ],
    [
      'an empty grid',
      { parameters: { 'training.iterations': [] } },
      /^Expected `parameters\['training.iterations'\]` to be a list of at least one value, got an array of length 0\. \[INVALID_ARGUMENT\]$/,
    ],
    [
      'a cell that cannot be',
      { parameters: { 'data.classes': [2, 1] } },
      /^With data\.classes=1: Expected `data\.classes` to be an integer from 2 to 100000, got 1\. \[INVALID_ARGUMENT\]$/,
    ],
  ])('refuses %s before anything runs', async (_, changes, sentence) => {
    const out = join(temporaryFolder(), 'runs')
    expect(sentenceOf(await run(['sweep', configFile(changes), '--out', out]), 2)).toMatch(sentence)
    expect(existsSync(out)).toBe(false)
  })
})
