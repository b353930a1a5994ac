import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { inProject } from './paths.mjs'

function filesBelow(path) {
  if (!existsSync(inProject(path))) return []
  if (!statSync(inProject(path)).isDirectory()) return [path]
  return readdirSync(inProject(path))
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
}

/** SHA-256 of the given values and of the names and contents of all files at or below the given paths. */
export function fingerprint(values, paths) {
  const hash = createHash('sha256').update(JSON.stringify(values))
  for (const file of paths.flatMap(filesBelow)) {
    const content = readFileSync(inProject(file))
    hash.update(`\0${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** The version of an installed package, or undefined. */
export function installedVersion(name) {
  const file = inProject('node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}

/** What the last successful step wrote, or undefined. */
export function readStamp(file) {
  try {
    return JSON.parse(readFileSync(inProject(file), 'utf8'))
  } catch {
    return undefined
  }
}

export function writeStamp(file, stamp) {
  const path = inProject(file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(stamp))
  renameSync(`${path}.${process.pid}`, path)
}
