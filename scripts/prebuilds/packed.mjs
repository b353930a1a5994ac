import { outputOf, SetupError } from '../setup/command.mjs'

/**
 * What npm would publish of a folder.
 *
 * @returns {{ size: number, files: { path: string }[] }} bytes of the tarball, and what is in it
 */
export function packed(folder) {
  const output = outputOf('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: folder,
    maxBuffer: 1e8,
  })
  if (output === undefined) throw new SetupError(`Expected npm to pack ${folder}.`)
  return JSON.parse(output)[0]
}
