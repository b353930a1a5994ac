import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export interface Ending {
  readonly exitCode: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Runs a Node program to its end. */
export function runNode(args: readonly string[], { cwd }: { cwd: string }): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : (error.code ?? error.signal ?? 'unknown'), stdout, stderr })
    })
  })
}

/** A fresh folder inside the project, where programs import `robust-features` by the package's own name. */
export function folderInsideProject(): string {
  mkdirSync(join(projectRoot, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(projectRoot, '.cache', 'test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
