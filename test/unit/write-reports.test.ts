import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeReports } from '../../src/report/write-reports.js'
import { failure } from '../helpers/errors.js'
import { exampleFigures } from '../helpers/figures.js'
import { exampleRecord, type RunFolderContents, writeRunFolder } from '../helpers/run-folder.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** The page as a reader gets it, without its scripts and their data. */
async function textOf(path: string | Promise<string>): Promise<string> {
  return readFileSync(await path, 'utf8').replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '')
}

const exampleGrid = {
  id: 'digits',
  title: 'Digits & others',
  caption: 'Rows: one of each class.',
  columns: ['original', 'robust'],
}

const pageOf = (contents: RunFolderContents) =>
  textOf(writeReports(writeRunFolder(temporaryFolder(), 'run', contents)))

describe('the report of a run', () => {
  it('states claim, verdict, measurement, criterion, source, config, seeds, versions, machine and scale', async () => {
    const text = await pageOf({ figures: exampleFigures })
    for (const expected of [
      'After standard training v ≫ u',
      '>not reproduced<',
      '2.6',
      'lower end of the 95 % interval of v/u',
      'https://arxiv.org/abs/2410.08503',
      'network.filtersPerClass',
      'Scale quick, 3 seeds (1, 2, 3)',
      'v20.19.0',
      'Example processor',
      '12.3 s',
    ])
      expect(text).toContain(expected)
    expect(text).not.toContain('mean nothing')
    expect(text.indexOf('id="verdicts"')).toBeLessThan(text.indexOf('What was claimed'))
  })

  it('writes every figure as SVG and PNG beside the page', async () => {
    const run = writeRunFolder(temporaryFolder(), 'run', { figures: exampleFigures })
    const text = await textOf(writeReports(run))
    const files = exampleFigures.flatMap(({ id }) => [`${id}.png`, `${id}.svg`])
    expect(readdirSync(join(run, 'figures')).toSorted()).toEqual(files.toSorted())
    for (const file of files) expect(text).toContain(`href="figures/${file}"`)
  })

  it('has image grids inside, with a description for who does not see them, and a link to the file', async () => {
    const out = temporaryFolder()
    const run = writeRunFolder(out, 'run', { grids: [exampleGrid] })
    mkdirSync(join(run, 'images'))
    writeFileSync(join(run, 'images', 'digits.png'), 'not looked into')
    const alt = 'Digits &#38; others. Columns from the left: original, robust. Rows: one of each class.'
    const base64 = Buffer.from('not looked into').toString('base64')
    for (const [folder, path] of [
      [run, ''],
      [out, 'run/'],
    ] as const) {
      const text = await textOf(writeReports(folder))
      expect(text).toContain(`<img src="data:image/png;base64,${base64}" alt="${alt}">`)
      expect(text).toContain(
        '<figcaption>Columns from the left: original, robust. Rows: one of each class.</figcaption>',
      )
      expect(text).toContain(`href="${path}images/digits.png"`)
    }
  })

  it('says which image file is missing, and nothing of images where a run has none', async () => {
    const text = await pageOf({ grids: [exampleGrid] })
    expect(text).toContain('This run has no images/digits.png')
    expect(text).not.toContain('<img')
    const without = await pageOf({})
    expect(without).not.toMatch(/<img|<h3>Images/)
    expect(await pageOf({ grids: [] })).toBe(without)
  })

  it('is the same page from the same files', async () => {
    const run = writeRunFolder(temporaryFolder(), 'run', { figures: exampleFigures })
    const first = readFileSync(await writeReports(run))
    expect(readFileSync(await writeReports(run)).equals(first)).toBe(true)
  })

  it('lets no text of a record, flag, figure or environment become markup', async () => {
    const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(1)>'
    const [figure] = exampleFigures
    const rows = figure!.rows.slice(0, 4).map((row) => ({ ...row, feature: hostile }))
    const run = writeRunFolder(temporaryFolder(), 'run', {
      experiment: hostile,
      records: [
        exampleRecord({
          claim: hostile,
          id: hostile,
          source: hostile,
          reported: hostile,
          config: { [hostile]: hostile },
        }),
      ],
      flags: [{ where: hostile, name: hostile, message: hostile }],
      environment: { [hostile]: hostile },
      grids: [{ id: 'digits', title: hostile, caption: hostile, columns: [hostile] }],
      figures: [
        { ...figure!, title: hostile, caption: hostile, rows, x: { field: 'iteration', title: hostile } },
      ],
    })
    const page = readFileSync(await writeReports(run), 'utf8')
    expect(page).not.toMatch(/<script>alert|<img/)
    // Style, figure data, Vega and our own: one element each.
    expect(page.match(/<script\b/g)).toHaveLength(3)
    expect(readFileSync(join(run, 'figures', `${figure!.id}.svg`), 'utf8')).not.toMatch(/<script|<img/)
  })

  it('says at scale smoke that its verdicts mean nothing', async () => {
    expect(await pageOf({ scale: 'smoke' })).toContain('its verdicts mean nothing')
  })

  it('links each flag’s count to the flags, and names the trainings of each', async () => {
    const flags = ['seed-1', 'seed-2'].map((where) => ({ where, name: 'dead-filters', message: 'Some.' }))
    const text = await pageOf({ flags })
    expect(text).toContain('<a href="#run-flags">2 flags in its run</a>')
    expect(text).toMatch(/id="run-flags"[\s\S]*<code>dead-filters<\/code> \(seed-1, seed-2\): Some\./)
  })

  it('says which files are missing', async () => {
    const run = writeRunFolder(temporaryFolder(), 'run', { figures: null })
    for (const name of ['environment', 'flags', 'timings']) rmSync(join(run, `${name}.json`))
    const text = await textOf(writeReports(run))
    for (const name of ['figures.json', 'environment.json', 'flags.json'])
      expect(text).toContain(`This run has no ${name}`)
    expect(text).toContain('No timings are recorded')
  })

  it('shows what is not finite', async () => {
    const record = exampleRecord()
    const [condition] = record.conditions
    const measured = { ...condition!.measured, value: Number.POSITIVE_INFINITY }
    const text = await pageOf({ records: [{ ...record, conditions: [{ ...condition, measured }] }] })
    expect(text).toContain('>not finite<')
  })

  it('says how many rows a logarithmic axis cannot show', async () => {
    const figure = { ...exampleFigures[2]!, rows: [{ seconds: 0, robust: 1, steps: 1, low: 1, high: 1 }] }
    expect(await pageOf({ figures: [figure] })).toContain('1 of 1 rows are not positive')
  })
})

describe('files that do not fit', () => {
  const { conditions: _, ...older } = exampleRecord()
  const cases: [string, RunFolderContents, RegExp][] = [
    [
      'records without conditions',
      { records: [older] },
      /^Expected `records\[0\]\.conditions` to be an array, got nothing in .*records\.json, which another version wrote/,
    ],
    ['no records', { records: [] }, /records/],
    ['another data format', { dataFormat: 1 }, /^Expected data format \d+ in .*config\.json, got 1;/],
    ['an unknown verdict', { records: [{ ...exampleRecord(), verdict: 'maybe' }] }, /verdict/],
    [
      'a figure’s id that is a path',
      { figures: [{ ...exampleFigures[0]!, id: '../../escape' }] },
      /letters, digits and dashes/,
    ],
    ['two figures with one id', { figures: [exampleFigures[0]!, exampleFigures[0]!] }, /an id of their own/],
    [
      'a grid’s id that is a path',
      { grids: [{ ...exampleGrid, id: '../records' }] },
      /letters, digits and dashes.* in .*images\.json/,
    ],
    ['two grids with one id', { grids: [exampleGrid, exampleGrid] }, /an id of their own/],
    ['a grid without columns', { grids: [{ ...exampleGrid, columns: undefined }] }, /columns/],
    ['an unknown kind of figure', { figures: [{ ...exampleFigures[0]!, kind: 'pie' as 'bars' }] }, /kind/],
  ]
  it.each(cases)('%s are one sentence', async (_name, contents, sentence) => {
    const run = writeRunFolder(temporaryFolder(), 'run', contents)
    expect(await failure('INVALID_FILE', () => writeReports(run))).toMatch(sentence)
    expect(existsSync(join(run, 'report.html'))).toBe(false)
  })

  it('text that is no JSON', async () => {
    const run = writeRunFolder(temporaryFolder(), 'run')
    writeFileSync(join(run, 'records.json'), '[{')
    expect(await failure('INVALID_FILE', () => writeReports(run))).toMatch(
      /^Expected .*records\.json to be JSON/,
    )
  })

  it('a run that is not finished, a folder without runs, and no folder', async () => {
    const unfinished = writeRunFolder(temporaryFolder(), 'run', { records: null })
    for (const folder of [unfinished, temporaryFolder(), join(temporaryFolder(), 'nowhere')])
      await failure('FILE_NOT_FOUND', () => writeReports(folder))
  })

  it('a page that cannot be written leaves nothing behind', async () => {
    const run = writeRunFolder(temporaryFolder(), 'run')
    mkdirSync(join(run, 'report.html'))
    await failure('WRITE_FAILED', () => writeReports(run))
    expect(readdirSync(run).filter((name) => name.includes('.tmp'))).toEqual([])
  })
})

describe('the overview', () => {
  it('tells of each experiment the run of the largest scale, and names the others', async () => {
    const out = temporaryFolder()
    writeRunFolder(out, 'standard-training-a', { scale: 'smoke' })
    writeRunFolder(out, 'standard-training-b', { scale: 'quick' })
    writeRunFolder(out, 'standard-training-c', { scale: 'quick', seeds: [1, 2] })
    writeRunFolder(out, 'adversarial-training-a', { experiment: 'adversarial-training' })
    const text = await textOf(writeReports(out))
    const sections = [...text.matchAll(/<h2 id="([^"]*)">/g)].map(([, id]) => id)
    expect(sections).toEqual(['verdicts', 'standard-training-b', 'adversarial-training-a'])
    for (const name of ['standard-training-a', 'standard-training-c'])
      expect(text).toContain(`<li><a href="${name}/report.html">${name}</a>`)
    expect(text).not.toContain('mean nothing')
    for (const name of readdirSync(out).filter((name) => name.includes('-')))
      expect(existsSync(join(out, name, 'report.html'))).toBe(true)
  })

  it('is about the runs asked for', async () => {
    const out = temporaryFolder()
    writeRunFolder(out, 'a', { scale: 'smoke' })
    writeRunFolder(out, 'b', { scale: 'quick' })
    const text = await textOf(writeReports(out, { preferred: ['a'] }))
    expect(text).toContain('its verdicts mean nothing')
    expect(text).toContain('<h2 id="a">')
    expect(text).not.toContain('<h2 id="b">')
  })

  it('leaves out what it cannot read, saying why, and passes over what is no experiment', async () => {
    const out = temporaryFolder()
    writeRunFolder(out, 'a')
    writeRunFolder(out, 'b', { records: null })
    writeRunFolder(out, 'c', { dataFormat: 1 })
    mkdirSync(join(out, 'train-1'))
    writeFileSync(join(out, 'train-1', 'config.json'), '{"data":{}}')
    const text = await textOf(writeReports(out))
    expect(text).toContain('<code>b</code> is left out. It is not finished.')
    expect(text).toMatch(/<code>c<\/code> is left out\. Expected data format/)
    expect(text).not.toContain('train-1')
  })

  it('fails as its only run does', async () => {
    const out = temporaryFolder()
    writeRunFolder(out, 'a', { dataFormat: 1 })
    await failure('INVALID_FILE', () => writeReports(out))
  })
})
