import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { isHidden, printDeclaration } from './declaration.mjs'

/**
 * What an `index.d.ts` exports by name, and what of other declarations those types are made of.
 *
 * @param {string} entry path of the file, which only re-exports
 * @returns {{ exported: Map<string, string>, behind: Map<string, string> }} texts by name, in the order of names
 */
export function publicDeclarations(entry) {
  const exported = new Map()
  for (const statement of parse(entry).statements) {
    const elements = statement.exportClause?.elements
    if (elements === undefined) throw new Error(`Expected ${entry} to hold named re-exports only.`)
    for (const { name, propertyName, isTypeOnly } of elements) {
      const found = find(fileOf(statement, entry), (propertyName ?? name).text)
      exported.set(name.text, { ...found, isTypeOnly: isTypeOnly || statement.isTypeOnly })
    }
  }
  const behind = new Map()
  const known = new Set([...exported.values()].map(idOf))
  const follow = (declaration) => {
    for (const name of referencesIn(declaration)) {
      const found = find(declaration.path, name)
      if (found === undefined || known.has(idOf(found))) continue
      known.add(idOf(found))
      behind.set(name, found)
      follow(found)
    }
  }
  for (const declaration of exported.values()) follow(declaration)
  return { exported: printed(exported), behind: printed(behind) }
}

/** What a file declares under a name, or the file it has it from; undefined for what packages or TypeScript have. */
function find(path, name) {
  const file = parse(path)
  const statements = file.statements.filter((statement) => declares(statement, name))
  if (statements.length > 0) return { name, path, file, statements }
  for (const statement of file.statements) {
    const elements = (statement.exportClause ?? statement.importClause?.namedBindings)?.elements ?? []
    const element = elements.find((one) => one.name.text === name)
    const source = element && fileOf(statement, path)
    if (source !== undefined) return find(source, (element.propertyName ?? element.name).text)
  }
  return undefined
}

function declares(statement, name) {
  const names = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement]
  return names.some((one) => one.name?.text === name)
}

/** Names of the types that a declaration is written with. */
function referencesIn({ statements }) {
  const names = new Set()
  const visit = (node) => {
    if (isHidden(node)) return
    const name = node.typeName ?? node.exprName ?? (ts.isExpressionWithTypeArguments(node) && node.expression)
    if (name && ts.isIdentifier(name)) names.add(name.text)
    ts.forEachChild(node, visit)
  }
  statements.forEach(visit)
  return names
}

function idOf({ path, name }) {
  return `${path}:${name}`
}

function printed(declarations) {
  const inOrder = [...declarations].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(
    inOrder.map(([name, { file, statements, isTypeOnly }]) => {
      const text = statements.map((statement) => printDeclaration(statement, file)).join('\n')
      return [name, isTypeOnly && isThereAtRunTime(text) ? `// exported as a type alone\n${text}` : text]
    }),
  )
}

/** Whether a declaration, as printed, is of something that programs can use, not of a type. */
export function isThereAtRunTime(text) {
  return /^(class|const|function) /.test(text)
}

/** The declaration file a statement imports from; undefined for a package. */
function fileOf({ moduleSpecifier }, importer) {
  if (!moduleSpecifier?.text.startsWith('.')) return undefined
  return join(dirname(importer), moduleSpecifier.text.replace(/\.js$/, '.d.ts'))
}

const files = new Map()

/** Parsed with parents, which the search for tags needs. */
function parse(path) {
  if (!files.has(path))
    files.set(path, ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true))
  return files.get(path)
}
