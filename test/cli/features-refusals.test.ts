import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../src/index.js'
import { linesOf, run, sentenceOf, start, waitFor } from '../helpers/command-line.js'
import { featuresCommands, few, saveNetwork } from '../helpers/features-command.js'
import { describeLayered } from '../helpers/layered-cases.js'

describeLayered('refusals of features', () => {
  const { folder, model, features } = featuresCommands()

  it.each<[string[], string]>([
    [['--radius', '0'], "Expected `--radius` to be a positive number, got '0'. [INVALID_ARGUMENT]"],
    [['--radius', '1'], 'Expected `--radius` to be left out for kind robust, got 1. [INVALID_ARGUMENT]'],
    [['--data', 'mnits'], /^Expected `--data` to be one of .*did you mean 'mnist'\?/.source],
    [['--layer', '99'], /^Expected `--layer` to be one of 0 \(convolution\), .*, got '99'\. /.source],
    [
      ['--images', '60001'],
      'Expected `--images` to be at most 60000, the number of images there are, got 60001.',
    ],
    [
      ['--data', 'own.npz', '--split', 'train'],
      'Expected `--split` to be left out for own.npz, which is read whole',
    ],
    [['--data', 'cifar10', '--no-verify', '--data-dir', folder], 'run `robust-features data fetch cifar10`'],
  ])('%j is refused in one sentence', async (args, sentence) => {
    const code = sentence.includes('fetch') ? 1 : 2
    const found = sentenceOf(await run([...features('refused', 'robust', ...few), ...args]), code)
    expect(found === sentence || found.includes(sentence) || new RegExp(sentence).test(found), found).toBe(
      true,
    )
    expect(existsSync(join(folder, 'refused', 'robust', 'features.safetensors'))).toBe(false)
  })

  it('does not mix sets of different originals', async () => {
    linesOf(await run(features('mixed', 'robust', ...few)))
    const ending = await run(features('mixed', 'non-robust', ...few, '--images', '10'))
    expect(sentenceOf(ending, 2)).toBe(
      `Expected ${join(folder, 'mixed')} to hold images made from the same originals, got robust images made ` +
        'from 20 train images of mnist; choose another folder. [INVALID_ARGUMENT]',
    )
  })

  it('says what differs from what a folder holds, as it is typed', async () => {
    const begun = features('differs', 'targeted-next', ...few, '--radius', '0.5')
    linesOf(await run(begun))
    const inside = join(folder, 'differs', 'targeted-next')
    const other = join(folder, 'other.safetensors')
    await saveNetwork(other, 2)
    const [ours, theirs] = [other, model].map((path) =>
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    )
    for (const [args, difference] of [
      [[...begun, '--radius', '0.3'], '`--radius` 0.3, got 0.5'],
      [[...begun, '--step-size', '0.1'], '`--step-size` 0.1, got 0.25'],
      [[...begun, '--images', '10'], '`--data` whose number of images is 10, got 20'],
      [[...begun, '--split', 'test'], "`--data` of split 'test', got 'train'"],
      [begun.with(1, other), `a \`<model>\` of SHA-256 ${ours}, got ${theirs}`],
    ] as const)
      expect(sentenceOf(await run(args), 2)).toBe(
        `Expected ${inside} to hold images made with ${difference}; choose another folder. [INVALID_ARGUMENT]`,
      )
  })

  it('does not begin with other originals beside a kind that is not finished', async () => {
    const begun = features('beside', 'robust', '--images', '200', '--steps', '10', '--threads', '1')
    const command = start(begun)
    const part = join(folder, 'beside', 'robust', 'part-0.safetensors')
    await waitFor(command, 'a first part', () => existsSync(part))
    command.process.kill('SIGINT')
    await command.ended
    const ending = await run(features('beside', 'non-robust', ...few))
    expect(sentenceOf(ending, 2)).toBe(
      `Expected ${join(folder, 'beside')} to hold images made from the same originals, got unfinished robust images ` +
        'made from 200 train images of mnist; choose another folder. [INVALID_ARGUMENT]',
    )
    expect(existsSync(join(folder, 'beside', 'non-robust'))).toBe(false)
    linesOf(await run([...begun, '--quiet']))
  })

  it('prints the name that a file gives its images on the same line', async () => {
    linesOf(await run(features('escaped', 'robust', ...few)))
    const path = join(folder, 'escaped', 'robust', 'features.safetensors')
    rmSync(join(folder, 'escaped', 'robust', 'construction.json'))
    const { tensors, metadata } = await readSafetensors(path)
    const construction = JSON.parse(metadata.construction!)
    const named = { ...construction, source: { ...construction.source, name: '\u001b[2Jnone\nmore' } }
    await writeSafetensors(path, { tensors, metadata: { ...metadata, construction: JSON.stringify(named) } })
    const ending = await run(features('escaped', 'non-robust', ...few, '--images', '10'))
    expect(sentenceOf(ending, 2)).toContain('made from 20 train images of \\u001b[2Jnone\\nmore; choose')
  })

  it('tells what is no network of layers', async () => {
    const args = features('none', 'robust', ...few).with(1, join(folder, 'none.safetensors'))
    expect(sentenceOf(await run(args), 1)).toBe(
      `Expected a file at ${join(folder, 'none.safetensors')}, found none. [FILE_NOT_FOUND]`,
    )
  })
})
