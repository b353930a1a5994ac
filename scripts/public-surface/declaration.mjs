import ts from 'typescript'

/**
 * A declaration's own text without docstrings and what users do not see, with `// default …` after properties whose
 * docstring names one.
 *
 * @param {ts.Statement} statement
 * @param {ts.SourceFile} file
 * @returns {string}
 */
export function printDeclaration(statement, file) {
  const edits = []
  const visit = (node) => {
    if (isHidden(node)) {
      edits.push([node.getFullStart(), node.end, ''])
      return
    }
    const [first] = (ts.isPropertySignature(node) && node.jsDoc) || []
    const usual = first && defaultIn(first.getText(file))
    ts.forEachChild(node, visit)
    if (usual !== undefined) edits.push([node.end, node.end, ` // default ${usual}`])
  }
  visit(statement)
  const start = statement.getFullStart()
  let text = file.text.slice(start, statement.end)
  for (const [from, to, replacement] of edits.toSorted(([a], [b]) => b - a))
    text = text.slice(0, from - start) + replacement + text.slice(to - start)
  return text
    .replace(/\s*\/\*\*.*?\*\//gs, '')
    .trim()
    .replace(/^(export )?(declare )?/, '')
    .replace(/^ +/gm, (indentation) => ' '.repeat(indentation.length / 2))
}

/** Whether a node is a member that is private or marked `@internal`. */
export function isHidden(node) {
  if (!ts.isClassElement(node) && !ts.isTypeElement(node)) return false
  return (
    (node.name !== undefined && ts.isPrivateIdentifier(node.name)) ||
    (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0 ||
    ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')
  )
}

/** "default 0.5", "(default: all)" or "`all` (default)", up to the end of the clause. */
function defaultIn(docstring) {
  const text = docstring.replace(/^\/\*\*|\*\/$/g, '').replace(/\s*\n\s*\*\s*/g, ' ')
  const [, before, after] =
    text.match(/(`[^`]+`) \(default\)|\bdefault:? (.+?)(?=[;)]|\.(?:\s|$)|\s*$)/i) ?? []
  return before ?? after
}
