import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missing } from '../helpers/layered-cases.js'
import { projectRoot, runNode } from '../helpers/run-node.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const examples = join(projectRoot, 'examples')
const filesEndingWith = (ending: string) => readdirSync(examples).filter((name) => name.endsWith(ending))
// Where layered networks are not built, the example of one can only fail.
const configurations = filesEndingWith('.yaml').filter(
  (name) => missing === undefined || name !== 'images.yaml',
)

describe('examples', () => {
  it.each(filesEndingWith('.mjs'))('%s runs', async (name) => {
    const { exitCode, stdout, stderr } = await runNode([join(examples, name)], { cwd: temporaryFolder() })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).not.toBe('')
  })

  it.each(configurations)('%s trains', async (name) => {
    const folder = temporaryFolder()
    const program = join(projectRoot, 'dist', 'cli', 'main.js')
    const args = ['train', join(examples, name), '--out', join(folder, 'runs'), '--json', '--quiet']
    const { exitCode, stdout, stderr } = await runNode([program, ...args], { cwd: folder })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const { directory, robustAccuracy, testAccuracy } = JSON.parse(stdout)
    expect(robustAccuracy).toBeLessThanOrEqual(testAccuracy)
    expect(readdirSync(directory)).toEqual(
      expect.arrayContaining(['config.json', 'summary.json', 'weights.safetensors']),
    )
  })
})
