import { execFile } from 'node:child_process'

/** Runs a command to its end: exit code and what it printed, whatever they are. */
export function outcome(command, args, { cwd, environment = {} } = {}) {
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: { ...process.env, ...environment },
      maxBuffer: 2 ** 26,
      timeout: 600_000,
      killSignal: 'SIGKILL',
    }
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr })
    })
    child.stdin.end()
  })
}

/** Runs a command that must succeed; what it printed. */
export async function output(command, args, options) {
  const { code, stdout, stderr } = await outcome(command, args, options)
  if (code === 0) return stdout
  const line = [command, ...args].join(' ')
  throw new Error(`${stdout}${stderr}\n\`${line}\` ended with ${code}.`)
}

export const runNode = (args, options) => output(process.execPath, args, options)

/** That two things are the same, with both in the message. */
export function expectSame(found, wanted, what) {
  if (found !== wanted) throw new Error(`Expected ${what} to be\n${wanted}\ngot\n${found}`)
}

export function expectMatch(found, pattern, what) {
  if (!pattern.test(found)) throw new Error(`Expected ${what} to match ${pattern}, got\n${found}`)
}
