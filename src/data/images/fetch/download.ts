import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileSha256 } from '../official.js'
import { counted, type OnBytes } from './counted.js'

const ATTEMPTS = 4
const STALL_MILLISECONDS = 60_000

export interface DownloadOptions {
  readonly bytes: number
  readonly sha256: string
  readonly signal?: AbortSignal | undefined
  readonly onBytes?: OnBytes | undefined
  /** Wait before the second attempt, doubled for each further one; default 1 s. */
  readonly retryMilliseconds?: number
}

/**
 * Downloads a file of known length and checksum. What has arrived is kept in `<path>.part`, from where a further
 * attempt, of this call or a later one, goes on; the file appears under its name when all of it is right.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  const { signal, sha256, retryMilliseconds = 1000 } = options
  const part = `${path}.part`
  for (let attempt = 1; ; attempt++) {
    try {
      await continueDownload(url, part, options)
      const found = await fileSha256(part)
      if (found === sha256) break
      // Going on from wrong bytes would never end well.
      await rm(part, { force: true })
      throw new Error(`its SHA-256 is ${found} instead of ${sha256}`)
    } catch (error) {
      if (signal?.aborted === true || attempt === ATTEMPTS || error instanceof RefusedError) throw error
    }
    await sleep(retryMilliseconds * 2 ** (attempt - 1), undefined, { ...(signal && { signal }) })
  }
  await rename(part, path)
}

/** An answer that asking again would not change. */
class RefusedError extends Error {}

async function continueDownload(
  url: string,
  part: string,
  { bytes, signal, onBytes }: DownloadOptions,
): Promise<void> {
  const present = await sizeOf(part)
  if (present === bytes) return
  const start = present < bytes ? present : 0
  const stall = new AbortController()
  const stalled = () => stall.abort(new Error(`nothing arrived for ${STALL_MILLISECONDS / 1000} s`))
  let timer = setTimeout(stalled, STALL_MILLISECONDS)
  const alive: OnBytes = (arrived) => {
    clearTimeout(timer)
    timer = setTimeout(stalled, STALL_MILLISECONDS)
    onBytes?.(arrived)
  }
  try {
    const both = AbortSignal.any(signal === undefined ? [stall.signal] : [stall.signal, signal])
    const response = await fetch(url, {
      signal: both,
      // Compressed on the way, a range would count other bytes.
      headers: { 'accept-encoding': 'identity', ...(start > 0 && { range: `bytes=${start}-` }) },
    })
    const first = await firstByte(response, start, part)
    if (response.body === null) throw new Error('the answer is empty')
    await pipeline(
      response.body,
      counted(alive, { start: first, limit: bytes }),
      createWriteStream(part, { flags: first === 0 ? 'w' : 'a' }),
      { signal: both },
    )
  } finally {
    clearTimeout(timer)
  }
  const size = await sizeOf(part)
  if (size !== bytes) throw new Error(`${size} of ${bytes} bytes arrived`)
}

/** Where the answer's bytes belong: a server may ignore a range, or have none from there on. */
async function firstByte(response: Response, start: number, part: string): Promise<number> {
  const { status, statusText } = response
  if (status === 200) return 0
  const range = response.headers.get('content-range') ?? ''
  if (status === 206 && range.startsWith(`bytes ${start}-`)) return start
  await response.body?.cancel()
  const message = `the server answered ${status} ${statusText}`.trim()
  if (status === 206 || status === 416) {
    // What is there does not fit this server's file: the next attempt begins anew.
    await rm(part, { force: true })
    throw new Error(`${message} to a request from byte ${start} on`)
  }
  throw status >= 400 && status < 500 ? new RefusedError(message) : new Error(message)
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}
