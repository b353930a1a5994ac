import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface FileServer {
  readonly url: string
  /** Path and `range` header of every request so far. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[]
  /** Answers the next request in place of the file. */
  answerOnce(answer: (request: IncomingMessage, response: ServerResponse) => void): void
}

/** A server on the loopback interface that has these files, honours ranges, and ends with the running test. */
export async function fileServer(files: Readonly<Record<string, Uint8Array>>): Promise<FileServer> {
  const requests: FileServer['requests'] = []
  const answers: ((request: IncomingMessage, response: ServerResponse) => void)[] = []
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1)
    requests.push({ path, range: request.headers.range })
    const answer = answers.shift()
    if (answer !== undefined) answer(request, response)
    else serve(files[path], request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, requests, answerOnce: (answer) => answers.push(answer) }
}

/** Sends the first bytes of a file of a declared length, then breaks the connection. */
export function breakAfter(bytes: Uint8Array, length: number) {
  return (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, length), () => setTimeout(() => response.destroy(), 20))
  }
}

function serve(file: Uint8Array | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (file === undefined) {
    response.writeHead(404).end()
    return
  }
  const start = Number(request.headers.range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0)
  const headers = start > 0 ? { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` } : {}
  response.writeHead(start > 0 ? 206 : 200, headers).end(file.subarray(start))
}
