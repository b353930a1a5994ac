import { stripVTControlCharacters } from 'node:util'
import { inProject } from '../setup/paths.mjs'
import { expectMatch, expectSame, output } from './process.mjs'

/**
 * On other versions of Node: the installed package, and on those that no other test runs on the tests of processes and
 * threads that end while the engine works.
 */
export function nodeVersionChecks(nodes, { folder, expected, commandLine }) {
  const own = process.versions.node.split('.')[0]
  return nodes.flatMap((node) => {
    const [, version = ''] = node.match(/node-(\d+)/) ?? []
    const run = (...args) => output(node, args, { cwd: folder })
    const installed = [
      `Node ${version}: the installed package`,
      async () => {
        expectSame(await run('by-import.mjs'), expected.program, 'what it prints')
        expectSame(await run('by-require.cjs'), expected.program, 'what it prints by require')
        expectMatch(await run(commandLine, 'doctor'), /^self-test +passed$/m, 'doctor')
        return (await run('--version')).trim()
      },
    ]
    const tests = [
      `Node ${version}: threads, processes, random calls`,
      async () => {
        const files = ['processes', 'layered-processes'].map((name) => `test/boundary/${name}.test.ts`)
        const runner = inProject('node_modules', 'vitest', 'vitest.mjs')
        const printed = await output(node, [runner, 'run', ...files], { cwd: inProject() })
        return stripVTControlCharacters(printed).match(/Tests +(.*)/)?.[1]
      },
    ]
    return version === own ? [installed] : [installed, tests]
  })
}
