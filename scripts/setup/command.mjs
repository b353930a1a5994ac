import { spawn, spawnSync } from 'node:child_process'

/** A failure a person can act on: `main.mjs` prints the message alone, without a stack. */
export class SetupError extends Error {}

/** One line about what is being done. Standard error, so that standard output stays the caller's. */
export function report(line) {
  process.stderr.write(`set-up: ${line}\n`)
}

/** Standard output of a quick command, or undefined when it is missing or fails. */
export function outputOf(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], ...options })
  return result.status === 0 ? result.stdout : undefined
}

const running = new Set()

/** Runs a command without standard input and returns what it printed; its output is shown only if it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that a signal stops the compilers below it too.
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options })
    running.add(child)
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => {
      running.delete(child)
      reject(new SetupError(`Expected to run \`${[command, ...args].join(' ')}\`, got ${error.message}.`))
    })
    child.on('close', (code, signal) => {
      running.delete(child)
      const output = Buffer.concat(chunks).toString('utf8')
      if (code === 0) resolve(output)
      else {
        const ending = signal ? `signal ${signal}` : `exit code ${code}`
        reject(
          new SetupError(`${output.trimEnd()}\n\`${[command, ...args].join(' ')}\` ended with ${ending}.`),
        )
      }
    })
  })
}

/** Passes SIGINT and SIGTERM on to running commands and leaves through `exit`, so that exit handlers run. */
export function stopChildrenOnSignals() {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.once(signal, () => {
      for (const { pid } of running) if (pid) process.kill(-pid, signal)
      process.exit(code)
    })
  }
}
