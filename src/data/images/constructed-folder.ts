import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { inlineText } from '../../native/describe.js'
import { RobustFeaturesError } from '../../native/errors.js'
import { readFailure } from '../read-file.js'
import { readSafetensors } from '../safetensors.js'

/** In the folder of a constructed set, once it is finished. */
export const FEATURES_FILE = 'features.safetensors'
/** How its images are made: there from the beginning. */
export const CONSTRUCTION_FILE = 'construction.json'

const PART = /^part-(\d+)\.safetensors$/

/** The file of the part that begins with image `first`, of a set that is not finished. */
export function partFile(first: number): string {
  return `part-${first}.safetensors`
}

/** The place of a part's first image, by the name of its file; undefined for other files. */
export function firstOfPart(name: string): number | undefined {
  const [, first] = PART.exec(name) ?? []
  return first === undefined ? undefined : Number(first)
}

/**
 * The file of a data set: the path itself, or of a folder that `extractFeatures` made the file in it.
 *
 * @throws RobustFeaturesError `FILE_NOT_FOUND` for a folder without one, with what is there
 */
export async function datasetFile(path: string): Promise<string> {
  if (!(await isDirectory(path))) return path
  const state = await stateOf(path)
  if (state === 'finished') return join(path, FEATURES_FILE)
  throw new RobustFeaturesError('FILE_NOT_FOUND', await missingFrom(path, state))
}

/** Whether there is a folder. */
async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  )
}

/** How far the construction of a set in a folder has come. */
type State = 'finished' | Unfinished
interface Unfinished {
  readonly done: number
  readonly count: number | undefined
}

async function stateOf(folder: string): Promise<State | undefined> {
  const names = await readdir(folder).catch((): string[] => [])
  if (names.includes(FEATURES_FILE)) return 'finished'
  if (!names.includes(CONSTRUCTION_FILE)) return undefined
  const last = Math.max(...names.flatMap((name) => firstOfPart(name) ?? []))
  const done = last >= 0 ? last + (await imagesOfPart(join(folder, partFile(last)))) : 0
  return { done, count: await imagesWanted(join(folder, CONSTRUCTION_FILE)) }
}

async function imagesOfPart(path: string): Promise<number> {
  try {
    return (await readSafetensors(path)).tensors.get('notFinite')?.shape[0] ?? 0
  } catch (error) {
    if (error instanceof RobustFeaturesError) return 0
    throw error
  }
}

async function imagesWanted(path: string): Promise<number | undefined> {
  try {
    const construction = z.object({ source: z.object({ count: z.number() }) })
    return construction.parse(JSON.parse(await readFile(path, 'utf8'))).source.count
  } catch {
    return undefined
  }
}

/** What a folder has in place of a finished set, and what to do, as one sentence. */
async function missingFrom(folder: string, state: Unfinished | undefined): Promise<string> {
  if (state !== undefined)
    return `Expected finished images in ${folder}, got ${unfinished(state)}; the \`features\` command that began them goes on from there.`
  const below = await setsBelow(folder)
  if (below.length === 0)
    return `Expected images in ${folder}, got a folder without ${FEATURES_FILE}, which \`features\` leaves in the folder of each kind.`
  const all = below.map(({ name, state }) =>
    state === 'finished' ? `${inlineText(name)} (finished)` : `${inlineText(name)} (${unfinished(state)})`,
  )
  const finished = below.find(({ state }) => state === 'finished')
  const ending =
    finished === undefined
      ? 'none is finished; the `features` command that began one goes on with it'
      : `name the folder of one, such as ${join(folder, finished.name)}`
  return `Expected the images of one kind in ${folder}, got a folder of ${all.join(', ')}; ${ending}.`
}

function unfinished({ done, count }: Unfinished): string {
  return `an unfinished extraction, ${done} of ${count ?? 'an unknown number of'} images done`
}

async function setsBelow(folder: string): Promise<{ name: string; state: State }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw readFailure(folder, cause)
  })
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted()
  const states = await Promise.all(names.map((name) => stateOf(join(folder, name))))
  return names.flatMap((name, index) => {
    const state = states[index]
    return state === undefined ? [] : [{ name, state }]
  })
}
