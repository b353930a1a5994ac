import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from '../setup/command.mjs'
import { inProject } from '../setup/paths.mjs'

/** Licences of what prebuilds contain, kept in the repository and published: file, library, file of its source. */
export const licences = [
  { file: 'licenses/OpenBLAS.txt', library: 'openblas', source: 'LICENSE' },
  { file: 'licenses/GotoBLAS2.txt', library: 'openblas', source: 'GotoBLAS_00License.txt' },
  { file: 'licenses/oneDNN.txt', library: 'onednn', source: 'LICENSE' },
  { file: 'licenses/oneDNN-third-party.txt', library: 'onednn', source: 'THIRD-PARTY-PROGRAMS' },
  { file: 'licenses/node-addon-api.txt', library: 'nodeAddonApi', source: 'LICENSE.md' },
]

/** Throws unless each kept licence is that of the source which was built; `sources` has the folder of each library. */
export function checkLicences(sources) {
  for (const { file, library, source } of licences) {
    const wanted = readFileSync(join(sources[library], source), 'utf8')
    if (!existsSync(inProject(file)) || !sameText(readFileSync(inProject(file), 'utf8'), wanted))
      throw new SetupError(`Expected ${file} to be ${source} in ${sources[library]}; copy it there.`)
  }
}

/** Texts that differ in the spaces at the ends of lines only are the same. */
export const sameText = (left, right) => withoutTrailingSpaces(left) === withoutTrailingSpaces(right)

const withoutTrailingSpaces = (text) => `${text.replace(/[ \t\r]+$/gm, '').trimEnd()}\n`
