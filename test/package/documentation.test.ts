import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FLAG_NAMES, flagPage } from '../../src/analysis/flag-names.js'
import type { ExperimentRecord } from '../../src/analysis/record.js'
import { imageAccuracyPresets } from '../../src/experiments/image-accuracy-presets.js'
import { projectRoot, runNode } from '../helpers/run-node.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const textOf = (path: string) => readFileSync(join(projectRoot, path), 'utf8')

/** The string literals of a union type, or of one member of an interface. */
function literalsOf(path: string, declaration: RegExp): string[] {
  const [, body = ''] = textOf(path).match(declaration) ?? []
  return [...body.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name)
}

describe('docs/troubleshooting.md', () => {
  const guide = textOf('docs/troubleshooting.md')

  it('explains every error code', () => {
    const codes = literalsOf('src/native/errors.ts', /type ErrorCode =([\s\S]*?)\n\n/)
    expect(codes.length).toBeGreaterThan(5)
    for (const code of codes) expect(guide).toContain(`| \`${code}\` |`)
  })

  it('links every flag', () => {
    for (const name of FLAG_NAMES) expect(guide).toContain(`| [\`${name}\`](flags/${name}.md) |`)
  })
})

describe('docs/flags', () => {
  it('has a page for every flag and no other', () => {
    const files = readdirSync(join(projectRoot, 'docs', 'flags')).map((file) => `docs/flags/${file}`)
    expect(files.toSorted()).toEqual(FLAG_NAMES.map(flagPage).toSorted())
  })

  it.each(FLAG_NAMES)('%s says when it is raised, what it means and what to do', (name) => {
    const page = textOf(flagPage(name))
    expect(page).toMatch(
      new RegExp(
        `^# \`${name}\`\n\n- \\*\\*Raised if\\*\\* .+\n- \\*\\*Means\\*\\* .+\n- \\*\\*Do\\*\\* .+\n$`,
      ),
    )
  })
})

describe('docs/reproducing.md', () => {
  it('lists every record with its conditions', async () => {
    const program = join(projectRoot, 'dist', 'cli', 'main.js')
    const args = ['reproduce', '--scale', 'smoke', '--json', '--quiet', '--out', temporaryFolder()]
    const { exitCode, stdout } = await runNode([program, ...args], { cwd: projectRoot })
    expect(exitCode).toBe(0)
    const runs = JSON.parse(stdout).runs as { records: ExperimentRecord[] }[]
    const rows = runs.flatMap(({ records }) => records).map(documentedRow)
    expect(tableRows(textOf('docs/reproducing.md'))).toEqual(expect.arrayContaining(rows))
  }, 600_000) // every experiment runs

  it.each(['quick', 'full'] as const)('gives the sizes of image-accuracy at %s', (scale) => {
    const rows = imageAccuracyPresets[scale].tasks.map((task) => {
      const { standard, adversarial } = task.trainingEpochs
      const [images, testImages] = [task.trainingImages, task.testImages].map((n) => n.toLocaleString('en'))
      const radius = task.radius === 8 / 255 ? '8/255' : String(task.radius)
      const cells = [`\`${task.network}\``, radius, images, testImages, `${standard}, ${adversarial}`]
      return `| \`${scale}\`: \`${task.dataset}\` | ${cells.join(' | ')} | ${task.trainingSteps} |`
    })
    expect(tableRows(textOf('docs/reproducing.md'))).toEqual(expect.arrayContaining(rows))
  })
})

/** `| id | quantity ≥ threshold; … |`: criteria name the end of the interval, which "≥" and "≤" imply in the table. */
function documentedRow({ id, conditions }: ExperimentRecord): string {
  const texts = conditions.map(({ criterion: { text, statistic } }) => {
    const lead = `${statistic} end of the 95 % interval of `
    expect(text.startsWith(lead)).toBe(true)
    expect(text).toContain(statistic === 'lower' ? '≥' : '≤')
    return text.slice(lead.length)
  })
  return `| \`${id}\` | ${texts.join('; ')} |`
}

function tableRows(markdown: string): string[] {
  return markdown.split('\n').filter((line) => line.startsWith('| `'))
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]

describe.each(pages)('%s', (page) => {
  const text = textOf(page)

  it('links to files and headings that exist', () => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [path = '', heading] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      expect(existsSync(join(projectRoot, file)), `${target} in ${page}`).toBe(true)
      if (heading !== undefined) expect(headingsOf(textOf(file))).toContain(heading)
    }
  })

  it('names source files that exist', () => {
    for (const [, path = ''] of text.matchAll(/`((?:src|native|test|scripts|examples|docs)\/[\w./-]+)`/g)) {
      expect(existsSync(join(projectRoot, path)), `${path} in ${page}`).toBe(true)
    }
  })
})

function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}
