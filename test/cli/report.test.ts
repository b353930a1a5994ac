import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { folderForCommands, linesOf, run, sentenceOf } from '../helpers/command-line.js'

const folder = folderForCommands()
const out = join(folder, 'runs')
let lines: string[]
let directory: string

beforeAll(async () => {
  const args = ['standard-training', '--scale', 'smoke', '--seeds', '2', '--quiet', '--out', out]
  lines = linesOf(await run(['reproduce', ...args]))
  directory = JSON.parse(linesOf(await run(['reproduce', ...args, '--json'])).join('\n')).runs[0].directory
})

describe('reproduce', () => {
  it('writes the overview and a report of every run, and says where', () => {
    expect(lines.at(-2)).toBe(`report: ${join(out, 'report.html')}`)
    for (const path of [out, directory]) {
      const page = readFileSync(join(path, 'report.html'), 'utf8')
      expect(page).toMatch(/^<!doctype html>/)
      expect(page).toContain('Standard training learns non-robust features')
    }
  })
})

describe('report', () => {
  it.each([
    ['a folder of runs', () => out],
    ['a run', () => directory],
  ])('makes again the report of %s', async (_, of) => {
    const path = join(of(), 'report.html')
    const before = readFileSync(path, 'utf8')
    rmSync(path)
    expect(linesOf(await run(['report', of()]))).toEqual([path])
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('--json prints the path', async () => {
    const { report } = JSON.parse(linesOf(await run(['report', out, '--json'])).join('\n'))
    expect(report).toBe(join(out, 'report.html'))
  })

  it('says in one sentence that nothing is there', async () => {
    expect(sentenceOf(await run(['report', join(folder, 'nowhere')]), 1)).toMatch(
      /^Expected a folder at .*nowhere, .*\[FILE_NOT_FOUND\]$/,
    )
  })

  it.each([
    ['sweep', 'cells', /got that of a sweep, whose results are the table cells\.csv /],
    ['training', 'history.jsonl', /got that of a training, whose results are summary\.json /],
  ])('says where the results of a %s are', async (name, content, where) => {
    const other = join(folder, name)
    mkdirSync(other)
    for (const file of ['config.json', content]) writeFileSync(join(other, file), '{}')
    const sentence = sentenceOf(await run(['report', other]), 1)
    expect(sentence).toMatch(where)
    expect(sentence).toMatch(/\[FILE_NOT_FOUND\]$/)
    const several = join(folder, `with a ${name}`)
    cpSync(other, join(several, 'first'), { recursive: true })
    expect(sentenceOf(await run(['report', several]), 1)).toMatch(
      /^Expected the finished run of an experiment, or a folder of such runs, at .*, got first, that of a (sweep|training), whose /,
    )
  })

  it('says in one sentence that records are of another version', async () => {
    const old = join(folder, 'old')
    cpSync(directory, old, { recursive: true })
    rmSync(join(old, 'report.html'))
    const records = JSON.parse(readFileSync(join(old, 'records.json'), 'utf8'))
    writeFileSync(
      join(old, 'records.json'),
      JSON.stringify(records.map(({ id }: { id: string }) => ({ id }))),
    )
    expect(sentenceOf(await run(['report', old]), 1)).toMatch(
      /^Expected .* which another version wrote.*\[INVALID_FILE\]$/,
    )
    expect(existsSync(join(old, 'report.html'))).toBe(false)
  })

  it('refuses options it does not know', async () => {
    expect(sentenceOf(await run(['report', out, '--scale', 'smoke']), 2)).toContain(
      "unknown option '--scale'",
    )
  })
})
