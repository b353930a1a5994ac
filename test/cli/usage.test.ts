import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { experiments } from '../../src/experiments/registry.js'
import { run, sentenceOf } from '../helpers/command-line.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('reproduce', () => {
  it.each<[string[], string]>([
    [['--scal', 'smoke'], "unknown option '--scal'; did you mean --scale?"],
    [['--verbose'], "unknown option '--verbose'; run it with --help for usage."],
    [['--threads'], "option '--threads <n>' argument missing; run it with --help for usage."],
    [
      ['standard-trainin'],
      `Expected \`experiments[0]\` to be one of ${experiments.map(({ id }) => `'${id}'`).join(', ')}, ` +
        "got 'standard-trainin'; did you mean 'standard-training'? [INVALID_ARGUMENT]",
    ],
    [
      ['--scale', 'smok'],
      "Expected `--scale` to be one of 'smoke', 'quick', 'full', got 'smok'; did you mean 'smoke'? [INVALID_ARGUMENT]",
    ],
    [['--seeds', '0'], "Expected `--seeds` to be an integer from 1 to 10000, got '0'. [INVALID_ARGUMENT]"],
    [['--seed', '-1'], "Expected `--seed` to be an integer from 0 to 2^53 − 1, got '-1'. [INVALID_ARGUMENT]"],
    [
      ['--threads', 'two'],
      "Expected `--threads` to be an integer from 1 to 1024, got 'two'. [INVALID_ARGUMENT]",
    ],
    [['--threads', ''], "Expected `--threads` to be an integer from 1 to 1024, got ''. [INVALID_ARGUMENT]"],
  ])('%j is wrong usage', async (args, sentence) => {
    const out = join(temporaryFolder(), 'out')
    expect(sentenceOf(await run(['reproduce', '--out', out, ...args]), 2)).toBe(sentence)
    expect(existsSync(out)).toBe(false)
  })
})

const config = `
data:
  kind: patchDistribution
  classes: 2
  dimension: 16
  robustPatches: 1
  nonRobustPatches: 5
  robustStrength: 2
  nonRobustStrength: 0.5
  samples: 20
network: { filtersPerClass: 2 }
objective: { kind: adversarial, attacks: [{ kind: pgd, radius: 0.1 }] }
training: { learningRate: 0.1, iterations: 20 }
`

describe('train', () => {
  it.each<[string, string, string]>([
    [
      'iterations',
      'iteratons',
      'Unknown option `iteratons` in `training`; did you mean `iterations`? [UNKNOWN_OPTION]',
    ],
    [
      'radius:',
      'raduis:',
      'Unknown option `raduis` in `objective.attacks[0]`; did you mean `radius`? [UNKNOWN_OPTION]',
    ],
    [
      'radius: 0.1',
      'radius: -1',
      'Expected `objective.attacks[0].radius` to be a non-negative number, got -1. [INVALID_ARGUMENT]',
    ],
    [
      'filtersPerClass: 2',
      'filtersPerClass: 2, activation: { kind: rellu }',
      "Expected `network.activation.kind` to be one of 'smoothedRelu', 'relu', 'polynomial', got 'rellu'; " +
        "did you mean 'relu'? [INVALID_ARGUMENT]",
    ],
    [
      'learningRate: 0.1',
      'learningRate: { schedule: cosin, initial: 1 }',
      "Expected `training.learningRate.schedule` to be one of 'constant', 'step', 'cosine', got 'cosin'; " +
        "did you mean 'cosine'? [INVALID_ARGUMENT]",
    ],
    [
      'dimension: 16',
      'dimension: 3',
      'Expected `dimension` to be at least 2·`classes`, for 2k orthonormal features, got 3. [INVALID_ARGUMENT]',
    ],
  ])('with %s written as %s is wrong usage', async (right, wrong, sentence) => {
    const folder = temporaryFolder()
    const path = join(folder, 'config.yaml')
    writeFileSync(path, config.replace(right, wrong))
    expect(sentenceOf(await run(['train', path, '--out', join(folder, 'out')]), 2)).toBe(sentence)
    expect(readdirSync(folder)).toEqual(['config.yaml'])
  })

  it.each<[string, string, RegExp]>([
    ['bad YAML', 'data: a: b', /config\.yaml to be YAML, got an error: Nested mappings .* column 7\. \[/],
    ['an alias of nothing', 'data: *other', /to be YAML, got an error: Unresolved alias .*: other\. \[/],
    ['a tag of no type', 'data: !!other 1', /to be YAML, got an error: Unresolved tag: .* column 7\. \[/],
    ['an empty file', '', /config\.yaml to hold a configuration, got nothing\. \[INVALID_ARGUMENT\]$/],
    [
      'binary data',
      '\u0000\u0001\u0002',
      /^Expected `config` to be an object, got '\\u0000\\u0001\\u0002'\./,
    ],
  ])('with %s is wrong usage', async (_, text, sentence) => {
    const folder = temporaryFolder()
    const path = join(folder, 'config.yaml')
    writeFileSync(path, text)
    expect(sentenceOf(await run(['train', path, '--out', join(folder, 'out')]), 2)).toMatch(sentence)
    expect(readdirSync(folder)).toEqual(['config.yaml'])
  })

  it.each<[string[], string]>([
    [[], "missing required argument 'config'; run it with --help for usage."],
    [
      ['a', 'b'],
      "too many arguments for 'train'. Expected 1 argument but got 2; run it with --help for usage.",
    ],
    [['a', '--treads', '2'], "unknown option '--treads'; did you mean --threads?"],
  ])('%j is wrong usage', async (args, sentence) => {
    expect(sentenceOf(await run(['train', ...args]), 2)).toBe(sentence)
  })

  it('fails where there is no such file', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'none.yaml')
    const sentence = sentenceOf(await run(['train', path, '--out', join(folder, 'out')]), 1)
    expect(sentence).toContain(`Expected a configuration at ${path}, got none that can be read (E`)
    expect(readdirSync(folder)).toEqual([])
  })

  it('with a folder is wrong usage', async () => {
    const folder = temporaryFolder()
    const sentence = sentenceOf(await run(['train', folder, '--out', join(folder, 'out')]), 2)
    expect(sentence).toContain(`Expected a configuration file at ${folder}, got a folder.`)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('an --out that cannot be written', () => {
  it.each([
    ['reproduce', ['standard-training', '--scale', 'smoke']],
    ['train', ['config.yaml']],
  ])('fails %s and is named', async (command, [first, ...others]) => {
    const folder = temporaryFolder()
    const file = join(folder, 'file')
    writeFileSync(file, 'kept')
    writeFileSync(join(folder, 'config.yaml'), config)
    const argument = command === 'train' ? join(folder, `${first}`) : `${first}`
    for (const out of [file, join(file, 'below')]) {
      const sentence = sentenceOf(await run([command, argument, ...others, '--out', out]), 1)
      expect(sentence).toMatch(/ to be writable, got ENOTDIR: not a directory\. \[WRITE_FAILED\]$/)
      expect(sentence).toContain(out)
    }
    expect(readdirSync(folder).toSorted()).toEqual(['config.yaml', 'file'])
  })
})

describe('doctor', () => {
  it('takes no arguments', async () => {
    expect(sentenceOf(await run(['doctor', 'all']), 2)).toMatch(/^too many arguments for 'doctor'/)
    expect(sentenceOf(await run(['doctor', '--jsn']), 2)).toBe("unknown option '--jsn'; did you mean --json?")
  })
})
