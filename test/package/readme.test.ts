import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeBlocks } from '../helpers/markdown.js'
import { folderInsideProject, projectRoot, runNode } from '../helpers/run-node.js'

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8')
const programs = codeBlocks(readme, 'js').filter((code) => /from 'robust-features'/.test(code))

describe('README', () => {
  it('has complete programs and names both commands', () => {
    expect(programs.length).toBeGreaterThanOrEqual(2)
    const commands = codeBlocks(readme, 'sh').join('\n')
    expect(commands).toMatch(/^npm run reproduce\b/m)
    expect(commands).toMatch(/^npm test\b/m)
  })

  it.each(programs.map((code, index) => [index + 1, code] as const))('program %i runs', async (_, code) => {
    expect(await outputOf(code)).not.toBe('')
  })

  it('shows what its first program prints', async () => {
    const [shown = ''] = codeBlocks(readme, '')
    const measured = numbersIn(await outputOf(`${programs[0]}`))
    expect(measured).toHaveLength(14)
    expect(numbersIn(shown)).toEqual(measured.map((value) => expect.closeTo(value, 1)))
  })
})

async function outputOf(code: string): Promise<string> {
  const folder = folderInsideProject()
  writeFileSync(join(folder, 'program.mjs'), code)
  const { exitCode, stdout, stderr } = await runNode(['program.mjs'], { cwd: folder })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/-?\b\d+(?:\.\d+)?/g)].map(([number]) => Number(number))
}
