import { join } from 'node:path'
import { invalidFile } from '../../invalid-file.js'
import type { DecodedImages } from '../decoded-images.js'
import { readIdxFile } from '../formats/idx.js'
import { firstExisting, type Split } from './data-set.js'

const MAXIMUM_BYTES = 2 ** 26
const PARTS = [
  { content: 'images', dimensions: 3 },
  { content: 'labels', dimensions: 1 },
] as const

/** `train-images-idx3-ubyte` and the like. */
export function idxFileNames(split: Split): string[] {
  const stem = split === 'train' ? 'train' : 't10k'
  return PARTS.map(({ content, dimensions }) => `${stem}-${content}-idx${dimensions}-ubyte`)
}

/** For messages: the names of a split's files and what else they may be called. */
export function wantedIdxFiles(split: Split): string {
  return `${idxFileNames(split).join(' and ')} (or with . before idx, either with .gz)`
}

/** Images and labels under any of the names in use: `-` or `.` before `idx`, with or without `.gz`. */
export async function locateIdxFiles(directory: string, split: Split): Promise<string[] | undefined> {
  const paths: string[] = []
  for (const name of idxFileNames(split)) {
    const variants = [name, name.replace('-idx', '.idx')].flatMap((variant) => [variant, `${variant}.gz`])
    const path = await firstExisting(variants.map((variant) => join(directory, variant)))
    if (path === undefined) return undefined
    paths.push(path)
  }
  return paths
}

/**
 * Grey images with their labels from a pair of IDX files.
 *
 * @throws RobustFeaturesError `INVALID_FILE`
 */
export async function readIdxFiles(paths: readonly string[]): Promise<DecodedImages> {
  const [images, labels] = await Promise.all(
    PARTS.map(async ({ content, dimensions }, position) => {
      const path = paths[position] ?? ''
      const tensor = await readIdxFile(path, MAXIMUM_BYTES)
      if (tensor.shape.length === dimensions) return tensor
      throw invalidFile(path, `${content} of ${dimensions} dimensions`, String(tensor.shape.length))
    }),
  )
  const [count = 0, height = 0, width = 0] = images?.shape ?? []
  const labelCount = labels?.shape[0] ?? 0
  if (labelCount !== count) {
    throw invalidFile(paths[1] ?? '', `one label for each of ${count} images`, `${labelCount} labels`)
  }
  return {
    images: images?.data ?? new Uint8Array(),
    labels: labels?.data ?? new Uint8Array(),
    height,
    width,
    channels: 1,
  }
}
