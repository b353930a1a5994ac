import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of everything below a folder that is no folder. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
}
