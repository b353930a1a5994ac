import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Figure } from '../../src/analysis/figure.js'
import type { ExperimentRun } from '../../src/experiments/run-experiment.js'
import { type Browser, type OpenedPage, startBrowser } from '../helpers/browser.js'
import { linesOf, run } from '../helpers/command-line.js'
import { exampleFigures } from '../helpers/figures.js'

const folder = mkdtempSync(join(tmpdir(), 'robust-features-'))
let browser: Browser
let opened: OpenedPage
let runs: readonly ExperimentRun[]
let figures: readonly Figure[]

beforeAll(async () => {
  browser = await startBrowser()
  const args = ['reproduce', 'standard-training', 'adversarial-training', '--scale', 'smoke']
  const ending = await run([...args, '--json', '--quiet', '--out', folder])
  runs = JSON.parse(linesOf(ending).join('\n')).runs
  // Every kind of figure, also those that the smoke runs do not draw, and each id once on the page.
  const own = runs.flatMap((run, position) =>
    run.figures.map((figure) => ({ ...figure, id: `${figure.id}-run-${position}` })),
  )
  figures = [...exampleFigures, manyChoices(), ...own]
  for (const { directory } of runs) writeFileSync(join(directory, 'figures.json'), '[]')
  writeFileSync(join(runs[0]!.directory, 'figures.json'), JSON.stringify(figures))
  const [report = ''] = linesOf(await run(['report', folder]))
  opened = await browser.open(report)
})

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Enough values of the control for a slider, and nothing but them to see. */
function manyChoices(): Figure {
  const iterations = [0, 10, 30, 100, 300, 1000, 3000, 10000]
  return {
    id: 'slider',
    title: 'One bar',
    caption: 'Its height is the place of the iteration.',
    kind: 'bars',
    x: { field: 'name', title: 'name' },
    y: { field: 'height', title: 'height' },
    control: { field: 'iteration', title: 'iteration' },
    rows: iterations.map((iteration, height) => ({ name: 'only', height, iteration })),
  }
}

const figureOf = (page: Page, id: string) => page.locator(`figure[id$="-${id}"]`)

describe('the overview in a browser', () => {
  it('has a verdict for every record, before anything else', async () => {
    const { page } = opened
    expect(await page.locator('h2').first().textContent()).toBe('Verdicts')
    const rows = page.locator('table.verdicts tbody')
    const records = runs.flatMap((run) => run.records)
    expect(await rows.count()).toBe(records.length)
    for (const [index, { claim, verdict, conditions }] of records.entries()) {
      const text = (await rows.nth(index).innerText()).replace(/\s+/g, ' ')
      expect(text).toContain(claim.replace(/\s+/g, ' '))
      expect(text).toContain(verdict)
      for (const { criterion } of conditions) expect(text).toContain(criterion.text)
    }
  })

  it('leads from a claim to its section', async () => {
    const { page } = opened
    const targets = await page
      .locator('table.verdicts th a')
      .evaluateAll((links) => links.map((link) => (link as unknown as { hash: string }).hash))
    expect(targets.length).toBeGreaterThanOrEqual(10)
    for (const target of targets) expect(await page.locator(`[id="${target.slice(1)}"]`).count()).toBe(1)
  })

  it('says that verdicts at scale smoke mean nothing', async () => {
    expect(await opened.page.getByRole('note').textContent()).toContain('mean nothing')
  })

  it('draws every figure, with a description for those who do not see it', async () => {
    const { page } = opened
    for (const { id, title, caption } of figures) {
      const figure = figureOf(page, id)
      expect(await figure.locator('.plot svg').count(), id).toBe(1)
      expect(await figure.locator('.plot svg path').count(), id).toBeGreaterThan(3)
      const plot = figure.getByRole('img', { name: title })
      expect(await plot.count()).toBe(1)
      expect(await figure.locator('figcaption').textContent()).toContain(caption)
    }
  })

  it('draws another picture when a list says another value', async () => {
    const figure = figureOf(opened.page, 'alignment')
    const svg = figure.locator('.plot svg')
    const before = await svg.innerHTML()
    const control = figure.getByRole('combobox', { name: 'iteration' })
    expect(await control.locator('option:checked').textContent()).toBe('1500')
    await control.selectOption({ label: '0' })
    await expect.poll(() => svg.innerHTML()).not.toBe(before)
    await control.selectOption({ label: '1500' })
    await expect.poll(() => svg.innerHTML()).toBe(before)
  })

  it('draws another picture when a slider is moved, and says where it stands', async () => {
    const figure = figureOf(opened.page, 'slider')
    const slider = figure.getByRole('slider', { name: 'iteration' })
    const height = async () => (await figure.locator('.mark-rect path').boundingBox())!.height
    expect(await figure.locator('output').textContent()).toBe('10000')
    const full = await height()
    await slider.press('ArrowLeft')
    await expect.poll(() => figure.locator('output').textContent()).toBe('3000')
    expect(await slider.getAttribute('aria-valuetext')).toBe('3000')
    await expect.poll(height).toBeCloseTo((full * 6) / 7, 0)
  })

  it('gives the data of a figure as CSV and as a table', async () => {
    const { page } = opened
    const figure = figureOf(page, 'phase-diagram')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      figure.getByRole('link', { name: 'Data (CSV)' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('phase-diagram.csv')
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
    const { rows } = exampleFigures.find(({ id }) => id === 'phase-diagram')!
    expect(lines).toEqual(['density,strength,ratio', ...rows.map((row) => Object.values(row).join(','))])
    await figure.getByText('Data as a table').click()
    await expect.poll(() => figure.locator('tbody tr').count()).toBe(rows.length)
  })

  it('turns dark with the system, and light for print', async () => {
    const { page } = opened
    const colors = () =>
      page.evaluate(`(() => {
        const label = document.querySelector('.plot svg text')
        const line = document.querySelector('.plot svg .mark-line path')
        return [getComputedStyle(document.body).backgroundColor, getComputedStyle(label).fill, getComputedStyle(line).stroke]
      })()`)
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await colors()
    expect(light).toEqual(['rgb(255, 255, 255)', 'rgb(31, 35, 40)', 'rgb(0, 114, 178)'])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await colors()).toEqual(['rgb(20, 23, 26)', 'rgb(230, 232, 234)', 'rgb(86, 180, 233)'])
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' })
    expect(await colors()).toEqual(light)
    await page.emulateMedia({ colorScheme: 'light', media: 'screen' })
  })

  it('never complains and asks for nothing but itself', () => {
    expect(opened.complaints).toEqual([])
  })
})

it('opens the report of a run without a complaint', async () => {
  const { page, complaints } = await browser.open(join(runs[0]!.directory, 'report.html'))
  expect(await page.locator('figure .plot svg').count()).toBe(figures.length)
  expect(await page.title()).toContain('Standard training')
  expect(complaints).toEqual([])
})

it('notices a request that leaves the page', async () => {
  const path = join(dirname(runs[0]!.directory), 'leaky.html')
  writeFileSync(path, '<html data-figures="shown"><body><img src="other.png"></body></html>')
  const { page, complaints } = await browser.open(path)
  await page.waitForLoadState('load')
  expect(complaints).toEqual(expect.arrayContaining([expect.stringContaining('other.png')]))
})
