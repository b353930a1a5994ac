// Runs every test runner, adds up what they report and prints `N passed, N failed, N skipped` last.
// Arguments go to vitest, for example `npm test -- test/unit`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inProject, root } from './setup/paths.mjs'

const reports = mkdtempSync(join(tmpdir(), 'robust-features-test-'))

const runners = [
  {
    name: 'vitest',
    command: [
      process.execPath,
      inProject('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${join(reports, 'vitest.json')}`,
      ...process.argv.slice(2),
    ],
    count: () => countVitest(JSON.parse(readFileSync(join(reports, 'vitest.json'), 'utf8'))),
  },
  {
    name: 'ctest',
    command: [
      'ctest',
      '--test-dir',
      inProject('build', 'tests'),
      '--output-on-failure',
      '--output-junit',
      join(reports, 'ctest.xml'),
    ],
    count: () => countCtest(readFileSync(join(reports, 'ctest.xml'), 'utf8')),
  },
]

function countVitest(report) {
  const files = report.testResults
  const statuses = files.flatMap((file) => file.assertionResults.map((test) => test.status))
  const count = (...wanted) => statuses.filter((status) => wanted.includes(status)).length
  // A file that fails to load reports no test of its own.
  const unloadable = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  return {
    passed: count('passed'),
    // What is still pending at the end was running or waiting when its process crashed.
    failed: count('failed', 'pending') + unloadable.length,
    skipped: count('skipped', 'todo', 'disabled'),
  }
}

function countCtest(report) {
  const statuses = [...report.matchAll(/<testcase\b[^>]*\bstatus="(\w+)"/g)].map(([, status]) => status)
  const skipped = (report.match(/<skipped message="SKIP/g) ?? []).length
  const disabled = statuses.filter((status) => status === 'disabled').length
  const passed = statuses.filter((status) => status === 'run').length
  return { passed, failed: statuses.length - passed - disabled - skipped, skipped: skipped + disabled }
}

function runAndCount({ name, command: [program, ...args], count }) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  let counts
  try {
    counts = count()
  } catch {
    console.log(`${name} left no report: ${error?.message ?? signal ?? `exit code ${status}`}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
  if (counts.passed + counts.failed === 0) {
    console.log(`${name} ran no test`)
    return { ...counts, failed: 1 }
  }
  if (status !== 0 && counts.failed === 0) {
    console.log(`${name} failed outside of its tests: ${signal ?? `exit code ${status}`}`)
    return { ...counts, failed: 1 }
  }
  return counts
}

const total = { passed: 0, failed: 0, skipped: 0 }
try {
  for (const runner of runners) {
    const counts = runAndCount(runner)
    for (const key of Object.keys(total)) total[key] += counts[key]
  }
} finally {
  rmSync(reports, { recursive: true, force: true })
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0
