import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { patchDistributionShape } from '../../src/data/patch-distribution.js'
import { imageTrainingConfigSchema } from '../../src/experiments/image-training-config.js'
import { trainingConfigSchema } from '../../src/experiments/training-config.js'
import { projectRoot } from '../helpers/run-node.js'

/** As far as it is looked at here. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly oneOf?: readonly Schema[]
  readonly const?: unknown
  readonly default?: unknown
}

interface Field {
  readonly required: boolean
  readonly fallback: unknown
}

describe('the table of configurations of train in docs/reproducing.md', () => {
  it.each([
    ['patchDistribution', 'patches', trainingConfigSchema],
    ['mnist', 'patches', trainingConfigSchema],
    ['images', 'images', imageTrainingConfigSchema],
  ])('has every field of %s with its default, and no other', (kind, network, schema) => {
    const documented = documentedDefaults(['all', network, `\`${kind}\``])
    const fields = fieldsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema, kind)
    if (kind === 'patchDistribution')
      for (const name of Object.keys(patchDistributionShape)) expect(fields.delete(`data.${name}`)).toBe(true)
    expect([...documented.keys()].toSorted()).toEqual([...fields.keys()].toSorted())
    for (const [path, { required, fallback }] of fields) {
      const [text = '', code] = documented.get(path) ?? []
      if (fallback !== undefined) expect(parse(code ?? 'no default'), path).toEqual(fallback)
      else expect(text, path).toMatch(required ? /^–$/ : /^\w/)
    }
  })
})

/** The last cell of every field that is for one of some users: as it is, and the code in it where it is nothing else. */
function documentedDefaults(users: readonly string[]): Map<string, [text: string, code: string | undefined]> {
  const page = readFileSync(join(projectRoot, 'docs', 'reproducing.md'), 'utf8')
  const [, section = ''] = page.match(/^## Configurations of train\n([\s\S]*?)^## /m) ?? []
  const rows = [...section.matchAll(/^\| `([\w.]+)` \| (.+?) \| .+ \| (.+) \|$/gm)]
  const own = rows.filter(([, , row = '']) => row.split(', ').some((user) => users.includes(user)))
  const defaults = own.map(
    ([, path = '', , text = '']) => [path, [text, text.match(/^`(.+)`$/)?.[1]]] as const,
  )
  const byPath = new Map(
    defaults.map(([path, [text, code]]) => [path, [text, code] as [string, string | undefined]]),
  )
  expect(byPath.size).toBe(own.length)
  return byPath
}

/** The fields of a configuration, `seed` and those of its groups; of a group of several kinds, the fields of all. */
function fieldsOf({ properties = {} }: Schema, dataKind: string): Map<string, Field> {
  const fields = new Map<string, Field>()
  for (const [name, group] of Object.entries(properties)) {
    const kinds = (group.oneOf ?? [group]).filter(
      (kind) => name !== 'data' || kind.properties?.kind?.const === dataKind,
    )
    if (kinds.every((kind) => kind.properties === undefined))
      fields.set(name, { required: false, fallback: group.default })
    for (const { properties: members = {}, required = [] } of kinds)
      for (const [member, schema] of Object.entries(members)) {
        const fallback = Object(group.default)[member] ?? schema.default
        fields.set(`${name}.${member}`, { required: required.includes(member), fallback })
      }
  }
  return fields
}
