import { deepStrictEqual } from 'node:assert'

function inResizableBuffer(array) {
  const buffer = new ArrayBuffer(array.byteLength, { maxByteLength: 2 * array.byteLength })
  const copy = new array.constructor(buffer)
  copy.set(array)
  return copy
}

/** What may become of buffers while an operation runs that was given them. */
const disturbances = [
  { name: 'moved', now: (array) => structuredClone(array, { transfer: [array.buffer] }) },
  { name: 'overwritten', now: (array) => array.fill(0) },
  { name: 'shrunk', make: inResizableBuffer, now: (array) => array.buffer.resize(0) },
  {
    name: 'grown',
    make: inResizableBuffer,
    now: ({ buffer }) => buffer.resize(buffer.maxByteLength),
  },
]

/**
 * Starts operations again and again, each time doing something else to every buffer that they were given while they
 * run, and at last leaving the buffers to the garbage collector: the results must be those of an undisturbed run.
 *
 * @param {(own: (array: any) => any) => Promise<unknown>} start hands every array it gives away through `own` first
 */
export async function checkUndisturbed(start) {
  const undisturbed = await start((array) => array)
  for (const { name, make = (array) => array, now } of disturbances) {
    const buffers = []
    const running = start((array) => {
      const given = make(array)
      buffers.push(given)
      return given
    })
    for (const array of buffers) now(array)
    deepStrictEqual(await running, undisturbed, name)
  }
  deepStrictEqual(await collecting(start((array) => array)), undisturbed, 'collected')
}

/** Collects garbage until the promise settles. Needs --expose-gc. */
export async function collecting(promise) {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  while (!settled) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  return promise
}
