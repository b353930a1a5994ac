/**
 * The help of every command, in a width that no terminal changes, by the words that call it.
 *
 * @param {import('commander').Command} program
 * @returns {Map<string, string>}
 */
export function commandHelp(program) {
  const found = new Map()
  const visit = (command, parents) => {
    const words = [...parents, command.name()]
    found.set(words.join(' '), command.configureHelp({ helpWidth: 110 }).helpInformation().trim())
    for (const inner of command.commands) visit(inner, words)
  }
  visit(program, [])
  return found
}
