import { extname } from 'node:path'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { requirePath } from '../native/instances.js'
import { readNpz, writeNpz } from './npz.js'
import { readSafetensors, writeSafetensors } from './safetensors.js'
import type { SafetensorsContent } from './tensor-content.js'

/** Tensors by name from a .npz file, where the path ends so, or a safetensors file. */
export function readTensors(path: string): Promise<SafetensorsContent> {
  return isNpz(path) ? readNpz(path) : readSafetensors(path)
}

/**
 * The same out.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for a path that ends otherwise; `WRITE_FAILED`
 */
export async function writeTensors(path: string, content: Partial<SafetensorsContent>): Promise<void> {
  requirePath(path)
  if (!endsLikeTensors(path))
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`path\` to end in .npz or .safetensors, got ${describeValue(path)}.`,
    )
  return isNpz(path) ? writeNpz(path, content) : writeSafetensors(path, content)
}

/** Whether a path ends like a file of tensors. */
export function endsLikeTensors(path: string): boolean {
  return ['.npz', '.safetensors'].includes(extname(path).toLowerCase())
}

function isNpz(path: string): boolean {
  return typeof path === 'string' && extname(path).toLowerCase() === '.npz'
}
