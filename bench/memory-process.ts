import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { adversarial, pgd, standard, train } from 'robust-features'
import type { Case } from './cases/cases.js'
import { MEMORY_THREADS, memoryCases } from './cases/memory.js'
import { problemOf } from './cases/problem.js'
import type { Unsupported } from './contenders/contender.js'
import type { MemoryFigures } from './memory.js'

// The process whose memory is measured, where nothing else runs. Writes one line of JSON.

const status = '/proc/self/status'
const resetPeak = '/proc/self/clear_refs'

process.stdout.write(`${JSON.stringify(await measure())}\n`)

async function measure(): Promise<MemoryFigures | Unsupported> {
  const [first] = memoryCases
  if (first === undefined) throw new Error('Expected a case to measure.')
  if (!existsSync(status) || !existsSync(resetPeak)) {
    return { unsupported: `Peak memory is read from ${status}, which this system does not have.` }
  }
  await settle()
  const idleBytes = bytesOf('VmRSS')
  const [{ data, network }, samplingPeakBytes] = await peakOf(() => problemOf(first))
  await settle()
  const residentBytes = bytesOf('VmRSS')
  const steps: { step: string; peakBytes: number }[] = []
  for (const { step, radius, learningRate } of memoryCases) {
    const objective = objectiveOf(step, radius)
    // One update, and the last state's loss.
    const options = { objective, learningRate, iterations: 1, threads: MEMORY_THREADS }
    const [, peak] = await peakOf(() => train(network, data, options).finished)
    steps.push({ step: step.name, peakBytes: peak - residentBytes })
  }
  const dataBytes = data.samples * (data.inputSize + 1) * Float32Array.BYTES_PER_ELEMENT
  return { steps, dataBytes, idleBytes, residentBytes, samplingPeakBytes }
}

function objectiveOf({ attack }: Case['step'], radius: number) {
  return attack === undefined ? standard() : adversarial(pgd({ ...attack, radius }))
}

/** The result, and the most resident bytes meanwhile. */
async function peakOf<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  await settle()
  writeFileSync(resetPeak, '5')
  return [await work(), bytesOf('VmHWM')]
}

/** Garbage is collected, and V8 has had time to give its memory back. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await sleep(100)
  }
}

/** Resident bytes now (VmRSS), or the most since the peak was reset (VmHWM). */
function bytesOf(field: 'VmRSS' | 'VmHWM'): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(status, 'utf8'))?.[1]
  if (kibibytes === undefined) throw new Error(`Expected ${field} in ${status}, got none.`)
  return Number(kibibytes) * 1024
}
