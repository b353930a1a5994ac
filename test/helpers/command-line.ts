import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface CommandEnding {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand {
  readonly process: ChildProcess
  readonly ended: Promise<CommandEnding>
}

const started: ChildProcess[] = []

/** A folder for all tests of a file; at the end the commands that still run are killed, and it is removed. */
export function folderForCommands(): string {
  const folder = mkdtempSync(join(tmpdir(), 'robust-features-'))
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Runs the compiled command line to its end, its output in pipes. */
export function run(args: readonly string[]): Promise<CommandEnding> {
  return start(args).ended
}

/** Starts the compiled command line, its output in pipes. */
export function start(args: readonly string[]): RunningCommand {
  return startWithin([], args)
}

/**
 * Runs a shell script in which the compiled command line with its arguments is `"$@"`.
 *
 * @param shell the command that is given the script
 */
export function runInShell(
  script: string,
  args: readonly string[],
  shell: readonly string[] = ['bash'],
): Promise<CommandEnding> {
  return startWithin([...shell, '-c', script, 'bash'], args).ended
}

function startWithin(shell: readonly string[], args: readonly string[]): RunningCommand {
  if (!existsSync(program))
    throw new Error(
      `Expected the compiled command line at ${program}, found none; run \`npm run setup\` first.`,
    )
  // What the runner says about colours is not for the program under test.
  const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env
  const [file = '', ...rest] = [...shell, process.execPath, program, ...args]
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env })
  started.push(child)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<CommandEnding>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { process: child, ended }
}

/** Waits until `holds`, or until the command has ended, which is then reported with what it printed. */
export async function waitFor(command: RunningCommand, what: string, holds: () => boolean): Promise<void> {
  let ending: CommandEnding | undefined
  void command.ended.then((value) => {
    ending = value
  })
  while (!holds()) {
    if (ending !== undefined)
      throw new Error(`Expected ${what}, but the command ended: ${JSON.stringify(ending)}`)
    await delay(5)
  }
}

/** The command succeeded; gives its output by lines, without the empty end. */
export function linesOf({ code, signal, stdout, stderr }: CommandEnding): string[] {
  expect({ code, signal, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  return stdout.trimEnd().split('\n')
}

/** The command failed with this exit code, one sentence on stderr and nothing on stdout; gives the sentence. */
export function sentenceOf({ code, signal, stdout, stderr }: CommandEnding, expected: 1 | 2): string {
  expect({ code, signal, stdout, stderr }).toEqual({
    code: expected,
    signal: null,
    stdout: '',
    stderr: expect.stringMatching(/^robust-features: [^\n]+\n$/),
  })
  return stderr.slice('robust-features: '.length, -1)
}
