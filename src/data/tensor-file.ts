import { extname } from 'node:path'
import { readNpz, writeNpz } from './npz.js'
import { readSafetensors, type SafetensorsContent, writeSafetensors } from './safetensors.js'

/** Tensors by name from a .npz file, where the path ends so, or a safetensors file. */
export function readTensors(path: string): Promise<SafetensorsContent> {
  return isNpz(path) ? readNpz(path) : readSafetensors(path)
}

/** The same out. */
export function writeTensors(path: string, content: Partial<SafetensorsContent>): Promise<void> {
  return isNpz(path) ? writeNpz(path, content) : writeSafetensors(path, content)
}

/** Whether a path ends like a file of tensors. */
export function endsLikeTensors(path: string): boolean {
  return ['.npz', '.safetensors'].includes(extname(path).toLowerCase())
}

function isNpz(path: string): boolean {
  return typeof path === 'string' && extname(path).toLowerCase() === '.npz'
}
