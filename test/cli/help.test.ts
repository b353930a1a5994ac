import { describe, expect, it } from 'vitest'
import { experiments } from '../../src/experiments/registry.js'
import { linesOf, run, sentenceOf } from '../helpers/command-line.js'

describe('--help', () => {
  it.each([
    [],
    ['reproduce'],
    ['report'],
    ['train'],
    ['evaluate'],
    ['export'],
    ['features'],
    ['data'],
    ['data', 'list'],
    ['data', 'fetch'],
    ['data', 'verify'],
    ['data', 'show'],
    ['doctor'],
  ])('of %j shows usage and examples', async (...command) => {
    const ending = await run([...command, '--help'])
    const lines = linesOf(ending)
    expect(ending.stderr).toBe('')
    expect(lines[0]).toMatch(new RegExp(`^Usage: ${['robust-features', ...command].join(' ')} `))
    const examples = lines.slice(lines.findIndex((line) => /^Examples?:$/.test(line)) + 1)
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples)
      expect(example).toMatch(new RegExp(`^ {2}${['robust-features', ...command].join(' ')}\\b`))
  })

  it('of the program names every command', async () => {
    const text = linesOf(await run(['--help'])).join('\n')
    for (const command of [
      'reproduce',
      'report',
      'train',
      'evaluate',
      'export',
      'features',
      'data',
      'doctor',
    ])
      expect(text).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it('of a command names every option it takes', async () => {
    const text = linesOf(await run(['reproduce', '--help'])).join('\n')
    for (const option of ['scale', 'seeds', 'seed', 'threads', 'out', 'json', 'quiet'])
      expect(text).toContain(`--${option}`)
    for (const { id } of experiments) expect(text).toContain(id)
  })
})

describe('the program', () => {
  it('tells its version', async () => {
    expect(linesOf(await run(['--version']))).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)])
  })

  it('without a command shows how it is used and fails', async () => {
    const { code, stdout, stderr } = await run([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^Usage: robust-features/)
  })

  it('names the command a misspelled one is nearest to', async () => {
    expect(sentenceOf(await run(['reproduc']), 2)).toBe("unknown command 'reproduc'; did you mean reproduce?")
  })
})
