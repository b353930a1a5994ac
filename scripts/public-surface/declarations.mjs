import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import ts from 'typescript'

/**
 * Every export of a declaration file with its full type, by name: without docstrings, private and `@internal` members,
 * but with the defaults that the docstrings name.
 *
 * @param {string} entry path of an `index.d.ts` that only re-exports
 * @returns {Map<string, string>}
 */
export function publicDeclarations(entry) {
  const found = new Map()
  for (const statement of parse(entry).statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause?.elements)
      throw new Error(`Expected ${basename(entry)} to hold named re-exports only.`)
    const path = fileOf(statement.moduleSpecifier, entry)
    for (const { name, propertyName } of statement.exportClause.elements)
      found.set(name.text, declarationsOf(path, (propertyName ?? name).text))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What a file declares under a name, or the file it has it from. */
function declarationsOf(path, name) {
  const file = parse(path)
  const texts = file.statements.filter((one) => declares(one, name)).map((one) => shorten(one, file))
  if (texts.length > 0) return texts.join('\n')
  for (const { moduleSpecifier, exportClause, importClause } of file.statements) {
    const elements = (exportClause ?? importClause?.namedBindings)?.elements ?? []
    const element = elements.find((one) => one.name.text === name)
    if (element !== undefined)
      return declarationsOf(fileOf(moduleSpecifier, path), (element.propertyName ?? element.name).text)
  }
  throw new Error(`Expected ${path} to declare ${name}.`)
}

function fileOf({ text }, importer) {
  return join(dirname(importer), text.replace(/\.js$/, '.d.ts'))
}

function declares(statement, name) {
  return ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.some((one) => one.name.getText() === name)
    : statement.name?.text === name
}

/** The statement's own text without what users do not see, with `// default …` after properties that have one. */
function shorten(statement, file) {
  const edits = []
  const visit = (node) => {
    if (isHidden(node)) return edits.push([node.getFullStart(), node.end, ''])
    const [doc] = node.jsDoc ?? []
    if (doc !== undefined) edits.push([doc.pos, node.getStart(file, false), ''])
    const usual = ts.isPropertySignature(node) && doc !== undefined ? defaultIn(doc.getText(file)) : undefined
    ts.forEachChild(node, visit)
    if (usual !== undefined) edits.push([node.end, node.end, ` // default ${usual}`])
  }
  visit(statement)
  const start = statement.getFullStart()
  let text = file.text.slice(start, statement.end)
  for (const [from, to, replacement] of edits.toSorted(([a], [b]) => b - a))
    text = text.slice(0, from - start) + replacement + text.slice(to - start)
  return text
    .trim()
    .replace(/^export (declare )?/, '')
    .replace(/^ +/gm, (indentation) => ' '.repeat(indentation.length / 2))
}

function isHidden(node) {
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
    text.match(/(`[^`]+`) \(default\)|\bdefault:? (.+?)(?=[;,)]|\.(?:\s|$)|\s*$)/i) ?? []
  return before ?? after
}

/** Parsed with parents, which the search for tags and names needs. */
function parse(path) {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
}
