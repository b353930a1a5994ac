import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SPLITS } from './sets/data-set.js'

/** Left in a data set's folder by a fetch: its source, and the SHA-256 of what was decoded then. */
export const PROVENANCE_FILE = 'provenance.json'

const provenanceSchema = z.object({
  source: z.string(),
  tensors: z.partialRecord(z.enum(SPLITS), z.object({ images: z.string(), labels: z.string() })),
})

/** Undefined where no fetch left one that can be read. */
export async function readProvenance(
  directory: string,
): Promise<z.output<typeof provenanceSchema> | undefined> {
  try {
    return provenanceSchema.parse(JSON.parse(await readFile(join(directory, PROVENANCE_FILE), 'utf8')))
  } catch {
    return undefined
  }
}
