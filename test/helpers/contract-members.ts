import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect } from 'vitest'

export interface Member {
  name: string
  /** A function in the interface, as a method or as a property of a function type. */
  callable: boolean
  optional: boolean
}

/** A function that reads the members of an interface from files of src/native. */
export function contractReader(...files: string[]): (interfaceName: string) => Member[] {
  const contract = files.flatMap((file) => {
    const path = fileURLToPath(new URL(`../../src/native/${file}`, import.meta.url))
    return [...ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023).statements]
  })
  return (interfaceName) => {
    const declaration = contract
      .filter(ts.isInterfaceDeclaration)
      .find((statement) => statement.name.text === interfaceName)
    if (declaration === undefined) throw new Error(`The contract has no interface ${interfaceName}.`)
    return declaration.members.map((member) => {
      if (!member.name || !ts.isIdentifier(member.name))
        throw new Error(`${interfaceName} has a nameless member.`)
      return {
        name: member.name.text,
        callable:
          ts.isMethodSignature(member) || (ts.isPropertySignature(member) && isFunctionType(member.type)),
        optional: member.questionToken !== undefined,
      }
    })
  }
}

function isFunctionType(type: ts.TypeNode | undefined): boolean {
  return type !== undefined && (ts.isFunctionTypeNode(type) || ts.isConstructorTypeNode(type))
}

export function names(members: Member[]): string[] {
  return members.map(({ name }) => name).sort()
}

/** Expects an object to have the members of an interface, functions where they are callable, and no other. */
export function expectMembers(object: object, members: Member[]): void {
  expect(Object.keys(object).sort()).toEqual(names(members))
  for (const member of members) {
    const value = (object as Record<string, unknown>)[member.name]
    expect({ [member.name]: typeof value }).toEqual({
      [member.name]: member.callable ? 'function' : 'object',
    })
  }
}

/** Expects a class to have the methods and getters of an interface, and no other and nothing static. */
export function expectClass(Class: new (...parameters: never[]) => object, members: Member[]): void {
  const { constructor: _, ...found } = Object.getOwnPropertyDescriptors(Class.prototype)
  expect(Object.keys(found).sort()).toEqual(names(members))
  for (const member of members) {
    const { get, value } = found[member.name] as PropertyDescriptor
    expect({ [member.name]: typeof (member.callable ? value : get) }).toEqual({ [member.name]: 'function' })
  }
  expect(Object.keys(Class)).toEqual([])
}

/** An object that notes which of its members are read. */
export function watched<Options extends object>(
  options: Options,
): { options: Options; read: () => string[] } {
  const read = new Set<string>()
  const handler: ProxyHandler<Options> = {
    get(target, name) {
      read.add(String(name))
      return target[name as keyof Options]
    },
  }
  return { options: new Proxy(options, handler), read: () => [...read].sort() }
}
