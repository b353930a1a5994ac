import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandHelp } from './commands.mjs'
import { publicDeclarations } from './declarations.mjs'

const introduction = `# Public surface

What users of this version see: every export with its full type, and the help of every command. Made from the build by
\`npm run api:update\`; a test fails while it is not the same as the code. A change here is a change for users: it has a
line in CHANGELOG.md.`

/**
 * @param {string} dist folder of the compiled package
 * @returns {Promise<string>} the text of etc/api.md
 */
export async function printPublicSurface(dist) {
  const { buildProgram } = await import(pathToFileURL(join(dist, 'cli', 'program.js')).href)
  const { exported, behind } = publicDeclarations(join(dist, 'index.d.ts'))
  return `${[
    introduction,
    '## Exports',
    ...sections(exported, 'ts'),
    '## Types that exports are made of, without being exports',
    ...sections(behind, 'ts'),
    '## Commands',
    ...sections(commandHelp(buildProgram()), 'text'),
  ].join('\n\n')}\n`
}

function sections(entries, language) {
  return [...entries].map(([name, text]) => `### \`${name}\`\n\n\`\`\`${language}\n${text}\n\`\`\``)
}
