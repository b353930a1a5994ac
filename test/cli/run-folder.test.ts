import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { contentChecksum } from '../../src/data/content-checksum.js'
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.js'
import {
  type CommandEnding,
  folderForCommands,
  linesOf,
  run,
  runInShell,
  sentenceOf,
  start,
  waitFor,
} from '../helpers/command-line.js'

const folder = folderForCommands()

// About three seconds on one thread: checkpoints come every two.
const training = {
  data: {
    kind: 'patchDistribution',
    classes: 2,
    dimension: 64,
    robustPatches: 1,
    nonRobustPatches: 31,
    robustStrength: 2,
    nonRobustStrength: 0.5,
    noise: 0.1,
    samples: 64,
    testSamples: 10,
  },
  network: { filtersPerClass: 8, initialScale: 0.1 },
  objective: { kind: 'adversarial', attacks: [{ kind: 'pgd', steps: 2, radius: 0.2 }] },
  training: { learningRate: 0.001, iterations: 1500, batchSize: 32, recordEvery: 10 },
}
const sweep = {
  name: 'two',
  base: { kind: 'training', config: training },
  parameters: { 'training.learningRate': [0.001, 0.002] },
}

function configFile(name: string, content: object): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}
const config = configFile('training.json', training)
const train = (out: string, threads = 1) => ['train', config, '--threads', String(threads), '--out', out]

const inRun = (out: string, name: string) => join(out, readdirSync(out)[0] ?? '', name)
const exists = (out: string, name: string) => existsSync(out) && existsSync(inRun(out, name))

describe('a run folder that a command is using', () => {
  it.each([
    ['train', config, []],
    ['sweep', configFile('sweep.json', sweep), []],
    ['reproduce', 'standard-training', ['--scale', 'quick']],
  ])('is refused to a second one: %s', async (command, what, more) => {
    const out = join(folder, `in-use-${command}`)
    const args = [command, what, ...more, '--threads', '1', '--out', out]
    const first = start(args)
    const held = () =>
      exists(out, '.run.lock') &&
      readFileSync(inRun(out, '.run.lock'), 'utf8').includes(`${first.process.pid}`)
    await waitFor(first, 'its lock', held)
    // It keeps the lock, and does not end before the second has asked.
    first.process.kill('SIGSTOP')
    const sentence = sentenceOf(await run(args), 1)
    expect(sentence).toMatch(
      /^Expected no other run in .*, got one of process \d+ on .*\. \[RUN_FOLDER_IN_USE\]$/,
    )
    expect(sentence).toContain(
      `Expected no other run in ${inRun(out, '')}, got one of process ${first.process.pid} `,
    )
    expect(first.process.exitCode).toBeNull()
    first.process.kill('SIGKILL')
    await first.ended
  })
})

describe('a training that was killed', () => {
  const whole = join(folder, 'whole')
  const killed = join(folder, 'killed')

  beforeAll(async () => {
    linesOf(await run(train(whole, 2)))
    const command = start(train(killed))
    await waitFor(command, 'a checkpoint', () => exists(killed, 'checkpoint.safetensors'))
    command.process.kill('SIGKILL')
    await command.ended
  })

  /** Another such training. */
  function copied(name: string): string {
    const out = join(folder, name)
    cpSync(killed, out, { recursive: true })
    return out
  }

  function expectWhole(out: string, ending: CommandEnding): void {
    linesOf(ending)
    expect(ending.stderr).toMatch(/^train: resuming at iteration [1-9]\d* of 1500\.$/m)
    const bytes = (of: string, name: string) =>
      createHash('sha256')
        .update(readFileSync(inRun(of, name)))
        .digest('hex')
    for (const name of ['weights.safetensors', 'history.jsonl', 'coefficients.safetensors', 'summary.json'])
      expect(bytes(out, name)).toBe(bytes(whole, name))
    const left = readdirSync(inRun(out, ''), { recursive: true, encoding: 'utf8' })
    expect(left.filter((name) => /\.(tmp|lock)$/.test(name))).toEqual([])
  }

  it('fails with a sentence where files cannot grow, and loses nothing', async () => {
    const out = copied('limited')
    // One kilobyte: less than a checkpoint.
    const limited = await runInShell('ulimit -f 1; exec "$@"', train(out))
    expect(limited.stderr).toMatch(
      /robust-features: Expected .* to be writable, got EFBIG: file too large\. \[WRITE_FAILED\]\n$/,
    )
    expect(limited).toMatchObject({ code: 1, signal: null, stdout: '' })
    expectWhole(out, await run(train(out, 2)))
  })

  // A user that may have no file systems of its own cannot make one that is full.
  const mountable = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
  it.skipIf(!mountable)(
    'fails with a sentence where the disk is full or read-only, and loses nothing',
    async () => {
      const out = copied('on-tmpfs')
      const disk = join(folder, 'disk')
      mkdirSync(disk)
      const script = `
      mount -t tmpfs -o size=10m none ${disk} && cp -r ${out}/. ${disk}
      mount -o remount,size=$(($(df --output=used -k ${disk} | tail -n 1)))k ${disk} && "$@"
      echo "exit code $?" >&2
      mount -o remount,ro,size=10m ${disk} && "$@"
      echo "exit code $?" >&2
      mount -o remount,rw ${disk} && "$@"
      echo "exit code $?" >&2
      rm -r ${out}/* && cp -r ${disk}/. ${out}`
      const { stderr } = await runInShell(script, train(disk, 2), ['unshare', '-rm', 'bash'])
      const [full = '', readOnly = '', last = ''] = stderr.split(/(?<=^exit code \d+\n)/m)
      expect(full).toMatch(/got ENOSPC: no space left on device\. \[WRITE_FAILED\]\nexit code 1\n$/)
      expect(readOnly).toMatch(/got EROFS: read-only file system\. \[WRITE_FAILED\]\nexit code 1\n$/)
      expect(last).toMatch(/\nexit code 0\n$/)
      expectWhole(out, { code: 0, signal: null, stdout: '', stderr: last })
    },
  )

  it('is not gone on from where another version wrote its checkpoint', async () => {
    const out = copied('other-version')
    const path = inRun(out, 'checkpoint.safetensors')
    const { tensors, metadata } = await readSafetensors(path)
    const { sha256: _, ...rest } = metadata
    const facts = { ...rest, version: '999' }
    const sha256 = contentChecksum(facts, tensors)
    await writeSafetensors(path, { tensors, metadata: { ...facts, sha256 } })
    const bytes = readFileSync(path)
    expect(sentenceOf(await run(train(out)), 1)).toBe(
      `Expected ${path} to be a checkpoint of version 1, got one of version 999. [INVALID_FILE]`,
    )
    expect(readFileSync(path)).toEqual(bytes)
  })
})
