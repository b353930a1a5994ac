/** Called with the number of bytes that have arrived so far. */
export type OnBytes = (bytes: number) => void

/** A stage of a pipeline that passes chunks on, telling how many bytes there were and stopping at a limit. */
export function counted(onBytes: OnBytes | undefined, { start = 0, limit = Number.POSITIVE_INFINITY } = {}) {
  return async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = start
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > limit) throw new Error(`more than the expected ${limit} bytes`)
      onBytes?.(bytes)
      yield chunk
    }
  }
}
