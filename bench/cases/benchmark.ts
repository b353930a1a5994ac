import { type Case, cases, shapes, steps } from './cases.js'
import { type ImageCase, imageCases, imageShape, imageSteps } from './image-cases.js'

/** What is timed: a step of a patch network or of a layered one. */
export type Benchmark = Case | ImageCase

export const benchmarks: readonly Benchmark[] = [...cases, ...imageCases]
export const stepNames = [...steps, ...imageSteps].map(({ name }) => name)
export const shapeNames = [...shapes, imageShape].map(({ name }) => name)

export function isImageCase(benchmark: Benchmark): benchmark is ImageCase {
  return 'network' in benchmark
}
