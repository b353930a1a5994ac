import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectMatch, expectSame, outcome } from './process.mjs'

const disguise = `for (const name of ['platform', 'arch'])
  if (process.env[name]) Object.defineProperty(process, name, { value: process.env[name] })
if (process.env.libc) process.report.getReport = () => ({ header: {} })`

const cases = [
  [
    'another system',
    { platform: 'freebsd' },
    /^[^\n]*got none; the package has them for linux-x64,[^\n]*`node /,
  ],
  ['another processor', { arch: 'riscv64' }, /^[^\n]*for \w+-riscv64, got none; the package has them for /],
  ['Windows', { platform: 'win32' }, /^[^\n]*got none; [^\n]*on Windows use WSL 2/],
  ['another C library', { libc: 'musl' }, /^[^\n]*got none; the package has them for /],
  ['a file that is gone', { ROBUST_FEATURES_ADDON: '/gone.node' }, /^[^\n]*ROBUST_FEATURES_ADDON [^\n]*gone/],
  [
    'a file that is no addon',
    { ROBUST_FEATURES_ADDON: './use.mjs' },
    /^[^\n]*ROBUST_FEATURES_ADDON [^\n]*use/,
  ],
]

/** Where the addon is missing there is one message, in one line. */
export function messageChecks({ folder, commandLine }) {
  writeFileSync(join(folder, 'disguise.cjs'), disguise)
  return cases.map(([name, environment, message]) => [
    `message: ${name}`,
    async () => {
      const args = ['--require', './disguise.cjs', commandLine, 'doctor']
      const { code, stdout, stderr } = await outcome(process.execPath, args, { cwd: folder, environment })
      expectSame(`${code}${stdout}`, '1', 'exit code and output')
      expectMatch(stderr, message, 'the message')
      expectMatch(stderr, /^[^\n]+\[NATIVE_ADDON_UNAVAILABLE\]\n$/, 'the message')
    },
  ])
}
