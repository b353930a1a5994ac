// Processes end in the middle of training, and start others.
import { fork, spawn } from 'node:child_process'
import { digestOf, kinds } from './support/cases.mjs'
import { boundaryProgram } from './support/programs.mjs'

export const name = 'processes'

/** A Node process that loads the package and trains. */
function forked(iterations) {
  const child = fork(new URL('support/training-child.mjs', import.meta.url), [String(iterations)])
  let answer = []
  child.on('message', (digests) => {
    answer = digests
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ ok: code === 0 && signal === null, answer: answer.join() }))
  })
}

/** fork() and exec of a program that does nothing. */
function spawned() {
  const child = spawn('true', { stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code === 0))
  })
}

/** Starts processes while trainings run; the trainings must not notice. */
async function startProcesses({ kindsHere, children, spawns }) {
  const iterations = 60
  const data = await Promise.all(kindsHere.map((kind) => kind.data(40)))
  const train = (count) =>
    Promise.all(kindsHere.map((kind, n) => digestOf(kind.start(data[n], { iterations: count }))))
  const alone = await train(iterations)
  let working = true
  let trainings = 0
  let other = 0
  const around = (async () => {
    while (working) {
      trainings++
      if ((await train(iterations)).join() !== alone.join()) other++
    }
  })()
  const answers = []
  for (let n = 0; n < children; n += 2)
    answers.push(...(await Promise.all([forked(iterations), forked(iterations)])))
  let right = 0
  for (let n = 0; n < spawns; n++) if (await spawned()) right++
  working = false
  await around
  const agreeing = answers.filter(({ ok, answer }) => ok && answer === alone.join()).length
  return [
    {
      check: 'children by fork while trainings run: bits as the parent',
      measured: `${agreeing} of ${answers.length}`,
      limit: 'all',
      passed: agreeing === answers.length,
    },
    {
      check: `spawn (fork and exec) ${spawns} times while trainings run: bits as without`,
      measured: `${right} ran; ${trainings - other} of ${trainings} trainings the same`,
      limit: 'all',
      passed: right === spawns && other === 0,
    },
  ]
}

/** The arguments of programs that end themselves at these milliseconds, again and again. */
const moments = (times, ...milliseconds) =>
  Array.from({ length: times }, () => milliseconds.map((moment) => [String(moment)])).flat()

export async function run({ short, report }) {
  const kindsHere = kinds(report)
  const times = short ? 1 : 6
  const rows = []
  const exits = short ? moments(times, 0, 20) : moments(times, 0, 1, 3, 10, 30, 100)
  rows.push(
    await boundaryProgram('process.exit() in operations on patch networks: its exit code', 'exit-mid-run', {
      runs: exits,
      code: 7,
    }),
  )
  if (kindsHere.length > 1) {
    rows.push(
      await boundaryProgram(
        'process.exit() in operations on layered networks: its exit code',
        'exit-mid-layered-run',
        { runs: short ? moments(times, 30) : moments(times, 0, 1, 10, 30, 100, 250), code: 7, layered: true },
      ),
    )
  }
  for (const end of ['main', 'worker', 'exception']) {
    rows.push(
      await boundaryProgram(
        `an end by the ${end === 'main' ? 'main thread' : end} while workers train: its exit code`,
        'end-with-workers',
        { runs: moments(times, ...(short ? [20] : [3, 20, 60])).map((args) => [end, ...args]), code: 7 },
      ),
    )
  }
  report('children')
  const counts = short ? { children: 2, spawns: 20 } : { children: 16, spawns: 400 }
  rows.push(...(await startProcesses({ kindsHere, ...counts })))
  return rows
}
