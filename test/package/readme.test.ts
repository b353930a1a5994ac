import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compile } from '../helpers/compile.js'
import { codeBlocks } from '../helpers/markdown.js'
import { folderInsideProject, projectRoot, runNode } from '../helpers/run-node.js'

const textOf = (page: string) => readFileSync(join(projectRoot, page), 'utf8')
const programsOf = (page: string) =>
  codeBlocks(textOf(page), 'js').filter((code) => /from 'robust-features'/.test(code))

describe('README.md', () => {
  it('names both commands', () => {
    const commands = codeBlocks(textOf('README.md'), 'sh').join('\n')
    expect(commands).toMatch(/^npm run reproduce\b/m)
    expect(commands).toMatch(/^npm test\b/m)
  })
})

describe.each([
  ['README.md', 1, 6],
  ['docs/library.md', 5, 24],
])('%s', (page, count, numbers) => {
  it('has complete programs', () => {
    expect(programsOf(page)).toHaveLength(count)
  })

  it.each(programsOf(page).map((code, index) => [index + 1, code] as const))(
    'program %i runs',
    async (_, code) => {
      expect(await outputOf(code)).not.toBe('')
    },
  )

  it('shows what its first program prints', async () => {
    const [shown = ''] = codeBlocks(textOf(page), '')
    const measured = numbersIn(await outputOf(`${programsOf(page)[0]}`))
    expect(measured).toHaveLength(numbers)
    expect(numbersIn(shown)).toEqual(measured.map((value) => expect.closeTo(value, 1)))
  })
})

describe('the programs of README.md, docs/library.md and docs/layered-networks.md', () => {
  it('are strict TypeScript as they stand', async () => {
    const programs = ['README.md', 'docs/library.md', 'docs/layered-networks.md'].flatMap((page) => [
      ...programsOf(page),
      ...codeBlocks(textOf(page), 'ts'),
    ])
    expect(await compile(programs)).toEqual({ exitCode: 0, stdout: '' })
  })
})

const outputs = new Map<string, Promise<string>>()

/** What a program prints; it runs once. */
function outputOf(code: string): Promise<string> {
  const output = outputs.get(code) ?? run(code)
  outputs.set(code, output)
  return output
}

async function run(code: string): Promise<string> {
  const folder = folderInsideProject()
  writeFileSync(join(folder, 'program.mjs'), code)
  const { exitCode, stdout, stderr } = await runNode(['program.mjs'], { cwd: folder })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/-?\b\d+(?:\.\d+)?/g)].map(([number]) => Number(number))
}
