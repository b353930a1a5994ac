import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectory, writeFileAtomically } from '../data/atomic-file.js'
import type { ExperimentContext } from './experiment.js'

/**
 * What `measure` gives, kept in the run folder as `<name>.json`, so that a resumed run takes up where it was: attacks and
 * certificates take longer than the training they follow. Plain values, numbers that are not finite and typed arrays
 * come back as they were. A file that cannot be read is measured anew.
 */
export async function measuredOnce<Value>(
  context: Pick<ExperimentContext<object>, 'directory'>,
  name: string,
  measure: () => Promise<Value>,
): Promise<{ value: Value; before: boolean }> {
  const path = join(context.directory, `${name}.json`)
  try {
    return { value: JSON.parse(await readFile(path, 'utf8'), revive), before: true }
  } catch {
    const value = await measure()
    await makeDirectory(dirname(path))
    await writeFileAtomically(path, `${JSON.stringify(value, preserve)}\n`)
    return { value, before: false }
  }
}

const arrays = { Float32Array, Float64Array, Int32Array, Uint8Array }
const TAG = '$type'

function preserve(_: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { [TAG]: 'number', value: String(value) }
  for (const [name, type] of Object.entries(arrays)) {
    if (value instanceof type) return { [TAG]: name, value: Array.from(value) }
  }
  return value
}

function revive(_: string, field: unknown): unknown {
  const { [TAG]: type, value } = Object(field) as Record<string, unknown>
  if (type === 'number') return Number(value)
  const array = arrays[type as keyof typeof arrays]
  return array === undefined ? field : array.from(value as number[])
}
