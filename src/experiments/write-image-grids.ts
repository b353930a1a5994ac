import { join } from 'node:path'
import { makeDirectory, removeFile, writeFileAtomically, writeJson } from '../data/atomic-file.js'
import type { ImageGrid } from './image-grid.js'

/**
 * Writes `images/<id>.png` of every grid, and `images.json` with what they show, into a run folder: the same bytes for
 * the same images. Without grids there is no `images.json`.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`
 */
export async function writeImageGrids(directory: string, grids: readonly ImageGrid[]): Promise<void> {
  const list = join(directory, 'images.json')
  // An earlier session may have had images that are no longer there.
  if (grids.length === 0) return removeFile(list)
  // Loaded here, for few experiments write PNG.
  const { comparisonSheet } = await import('../data/images/contact-sheet.js')
  const folder = join(directory, 'images')
  await makeDirectory(folder)
  for (const { id, columns } of grids) {
    const sheet = comparisonSheet(
      columns.map(({ images }) => images),
      { perClass: 1, seed: 1 },
    )
    await writeFileAtomically(join(folder, `${id}.png`), sheet)
  }
  await writeJson(
    list,
    grids.map(({ columns, ...text }) => ({ ...text, columns: columns.map(({ name }) => name) })),
  )
}
