import { RobustFeaturesError } from '../../native/errors.js'
import { officialDifference, type TensorDigests, tensorDigests } from './official.js'
import { readProvenance } from './provenance-file.js'
import type { DataSet, Split } from './sets/data-set.js'

/** What a split's files were found to hold. */
export interface SplitVerification {
  readonly split: Split
  readonly directory: string
  /** Number of images; 0 when the files cannot be read. */
  readonly count: number
  readonly digests?: TensorDigests
  /** Whether the images are the official ones, unchanged since they were fetched. */
  readonly official: boolean
  /** One sentence, when they are not. */
  readonly problem?: string
}

/** Decodes a split and compares its SHA-256 with the official one and with that of the day it was fetched. */
export async function verifySplit(
  dataSet: DataSet,
  split: Split,
  { directory, paths }: { directory: string; paths: readonly string[] },
): Promise<SplitVerification> {
  try {
    const decoded = await dataSet.read(paths, split)
    const digests = tensorDigests(decoded)
    const problem =
      (await officialDifference(dataSet, split, decoded, paths)) ??
      changeSince((await readProvenance(directory))?.tensors[split], digests)
    return {
      split,
      directory,
      count: decoded.labels.length,
      digests,
      official: problem === undefined,
      ...(problem !== undefined && {
        problem: `Expected ${directory} to hold the official ${split} images of ${dataSet.name}, ${problem}.`,
      }),
    }
  } catch (error) {
    if (!(error instanceof RobustFeaturesError)) throw error
    return { split, directory, count: 0, official: false, problem: error.message }
  }
}

function changeSince(recorded: TensorDigests | undefined, found: TensorDigests): string | undefined {
  if (recorded === undefined) return undefined
  if (recorded.images === found.images && recorded.labels === found.labels) return undefined
  return `which had SHA-256 ${recorded.images} when fetched, got ${found.images}`
}
