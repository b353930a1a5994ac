import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { run, runInShell } from '../helpers/command-line.js'

/** What the program's own exit code was, and what it said, when its output went to a reader that had left. */
async function intoClosedPipe(args: readonly string[], redirection = ''): Promise<unknown> {
  const { stdout, stderr } = await runInShell(`"$@" ${redirection} | :; echo "\${PIPESTATUS[0]}"`, args)
  return { code: stdout, stderr }
}

describe('output that nobody reads', () => {
  it.each([[['--help']], [['reproduce', '--help']], [['data', 'list', '--json']], [['doctor']]])(
    'ends the program like any other, without a word: %j',
    async (args) => {
      expect(await intoClosedPipe(args)).toEqual({ code: '141\n', stderr: '' })
    },
  )

  it('does so where it is an error that nobody reads', async () => {
    expect(await intoClosedPipe(['data', 'lits'], '2>&1 >/dev/null')).toEqual({ code: '141\n', stderr: '' })
  })

  it('is whole where somebody does', async () => {
    const { stdout } = await runInShell('"$@" | cat', ['data', 'list', '--json'])
    expect(stdout).toBe((await run(['data', 'list', '--json'])).stdout)
  })

  it('is told in a sentence where there is no room for it', async ({ skip }) => {
    skip(!existsSync('/dev/full'), 'this system has no /dev/full')
    const { code, stderr } = await runInShell('"$@" > /dev/full', ['data', 'list'])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'robust-features: Expected standard output to be writable, got ENOSPC: no space left on device. [WRITE_FAILED]\n',
    })
  })
})
