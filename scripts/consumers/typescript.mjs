import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inProject } from '../setup/paths.mjs'
import { expectSame, runNode } from './process.mjs'

const strict = {
  strict: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2023'],
  // Of the oldest Node; the library's declarations need its AbortSignal.
  types: ['node'],
  typeRoots: [inProject('node_modules', '@types')],
}
const printed = { 'network.js': '4 true function function\n', 'required.cjs': 'l2 function\n' }

/** Compiles programs against the installed declarations, which are checked too, and runs them. */
export function typescriptChecks({ folder }) {
  cpSync(inProject('scripts', 'consumers', 'typescript'), folder, { recursive: true })
  const check = (name, options, files) => [
    `TypeScript, ${name}`,
    async () => {
      const compilerOptions = { ...strict, ...options, outDir: `compiled-${name}` }
      writeFileSync(join(folder, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions, files }))
      const compiler = inProject('node_modules', 'typescript', 'bin', 'tsc')
      await runNode([compiler, '-p', `tsconfig.${name}.json`], { cwd: folder })
      for (const source of files) {
        const file = source.replace('ts', 'js')
        const found = await runNode([join(folder, `compiled-${name}`, file)])
        expectSame(found, printed[file], `what ${file} prints`)
      }
    },
  ]
  return [
    check('nodenext', { module: 'nodenext' }, ['network.ts', 'required.cts']),
    check('bundler', { module: 'esnext', moduleResolution: 'bundler' }, ['network.ts']),
  ]
}
