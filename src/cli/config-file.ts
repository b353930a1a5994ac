import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { systemErrorCode, systemReason } from '../data/read-file.js'
import { RobustFeaturesError } from '../native/errors.js'

/**
 * What a YAML (or JSON) file holds.
 *
 * @throws RobustFeaturesError `FILE_NOT_FOUND`, `INVALID_ARGUMENT`
 */
export async function readConfig(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (systemErrorCode(cause) === 'EISDIR')
      throw new RobustFeaturesError(
        'INVALID_ARGUMENT',
        `Expected a configuration file at ${path}, got a folder.`,
        { cause },
      )
    throw new RobustFeaturesError(
      'FILE_NOT_FOUND',
      `Expected a configuration at ${path}, got none that can be read (${systemReason(cause)}).`,
      { cause },
    )
  }
  let value: unknown
  try {
    const document = parseDocument(text)
    // Warnings too: the library would print them and take what it does not understand for text.
    for (const flaw of [...document.errors, ...document.warnings]) throw flaw
    value = document.toJS()
  } catch (cause) {
    // The library's messages go on with the line in question, under a colon.
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split(/[\r\n]/)
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected ${path} to be YAML, got an error: ${reason.replace(/[:.]$/, '')}.`,
      { cause },
    )
  }
  if (value === null || value === undefined)
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected ${path} to hold a configuration, got nothing.`,
    )
  return value
}
