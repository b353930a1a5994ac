import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderInsideProject, projectRoot, runNode } from './run-node.js'

/**
 * What the compiler says of programs as users write them: in strict TypeScript, against the built declarations.
 *
 * @param options further ones of the compiler
 */
export async function compile(programs: readonly string[], options: readonly string[] = []) {
  const folder = folderInsideProject()
  const files = programs.map((code, index) => {
    writeFileSync(join(folder, `program${index}.mts`), code)
    return `program${index}.mts`
  })
  const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc')
  const strict = '--noEmit --strict --noUncheckedIndexedAccess --skipLibCheck'.split(' ')
  const target = '--module nodenext --target es2023 --types node'.split(' ')
  const args = [compiler, ...strict, ...target, ...options, ...files]
  const { exitCode, stdout } = await runNode(args, { cwd: folder })
  return { exitCode, stdout }
}
