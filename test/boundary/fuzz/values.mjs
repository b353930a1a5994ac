/** Thrown by getters and callbacks of the fuzz; whatever calls them must hand it on. */
export class Thrown extends Error {}

/** Sizes stay below 100 or leave every range, so that a call is refused or quick. */
const numbers = [
  ...[0, -0, 1, 2, 3, 4, 7, 16, 32, 64, 0.5, 1e-30, 1e-320],
  ...[-1, -2.5, 2 ** 31 - 1, 2 ** 31, 2 ** 32, -(2 ** 31), 2 ** 53, 2 ** 53 - 1, 2 ** 63, 1e300],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE],
]

const texts = [
  ...['l2', 'linf', 'patch', 'input', 'relu', 'polynomial', 'smoothedRelu', 'crossEntropy', 'margin'],
  ...['gradient', 'normalized', 'auto', 'gram', 'direct', 'shared', 'perPatch', 'all', 'robust', 'nonRobust'],
  ...['float32', 'float64', 'nn', 'nt', 'tn', 'training', 'evaluation', 'sgd', 'adam', 'maxPooling'],
  ...['convolution', 'dense', 'addition', 'globalAveragePooling', '', 'l2\0', '__proto__', '\ud800'],
]

export function anyNumber(draw) {
  return draw.happens(0.7) ? draw.pick(numbers) : draw.between(-100, 100)
}

export function anyText(draw) {
  return draw.happens(0.8) ? draw.pick(texts) : draw.text()
}

const special = [0, -0, 1, -1, 1e-30, 1e-45, 1e30, 3e38, Number.NaN, Number.POSITIVE_INFINITY, -1e300]
const kinds = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView, Buffer],
  // From Node 24 on.
  ...(globalThis.Float16Array ? [globalThis.Float16Array] : []),
]

/** Detaches the buffer of a view, as a transfer to a worker does. */
export function detach(view) {
  if (view.buffer instanceof ArrayBuffer && !Object.isFrozen(view.buffer)) {
    structuredClone(view.buffer, { transfer: [view.buffer] })
  }
}

function sharedBuffer(bytes) {
  return new SharedArrayBuffer(bytes)
}

function resizableBuffer(bytes) {
  return new ArrayBuffer(bytes, { maxByteLength: bytes + 64 })
}

/** An array of `Type` over a buffer of a peculiar kind, `length` long to begin with. */
function peculiarArray(draw, Type, length) {
  const width = Type.BYTES_PER_ELEMENT ?? 1
  const bytes = length * width
  switch (draw.pick(['shared', 'resizable', 'tracking', 'shrunk', 'grown', 'detached', 'offset', 'proxy'])) {
    case 'shared':
      return new Type(sharedBuffer(bytes))
    case 'resizable':
      return new Type(resizableBuffer(bytes), 0, length)
    case 'tracking':
      return new Type(resizableBuffer(bytes))
    case 'shrunk': {
      const buffer = resizableBuffer(bytes)
      const view = draw.happens(0.5) ? new Type(buffer) : new Type(buffer, 0, length)
      buffer.resize(draw.size(0, bytes))
      return view
    }
    case 'grown': {
      const buffer = resizableBuffer(bytes)
      const view = new Type(buffer)
      buffer.resize(bytes + draw.size(0, 64))
      return view
    }
    case 'detached': {
      const view = new Type(new ArrayBuffer(bytes))
      detach(view)
      return view
    }
    case 'offset':
      return new Type(new ArrayBuffer(bytes + 3 * width), draw.size(0, 3) * width, length)
    default:
      return new Proxy(new Float32Array(length), {})
  }
}

function typeOf(array) {
  return Buffer.isBuffer(array) || array instanceof DataView ? Uint8Array : array.constructor
}

/** In place of an array: its type with other contents, lengths, buffers; or another type. */
export function anyArray(draw, current) {
  const length = current.length ?? current.byteLength
  const otherLength = draw.pick([0, 1, Math.max(length - 1, 0), length + 1, 2 * length, 100])
  const Type = typeOf(current)
  switch (draw.pick(['contents', 'contents', 'contents', 'length', 'peculiar', 'kind'])) {
    case 'contents':
      return withSpecial(draw, copyOf(current, Type))
    case 'length':
      return new Type(otherLength)
    case 'peculiar':
      return peculiarArray(draw, Type, length)
    default: {
      const Other = draw.pick(kinds)
      if (Other === DataView) return new DataView(new ArrayBuffer(length))
      if (Other === Buffer) return Buffer.alloc(length)
      return draw.happens(0.5) ? new Other(length) : peculiarArray(draw, Other, length)
    }
  }
}

/** Also of one that is detached by now. */
function copyOf(array, Type) {
  const copy = new Type(array.length ?? 0)
  for (let i = 0; i < copy.length; i++) copy[i] = array[i]
  return copy
}

function withSpecial(draw, array) {
  if (array.length === 0) return array
  const count = draw.size(1, 3)
  for (let i = 0; i < count; i++) {
    const place = draw.size(0, array.length - 1)
    array[place] = typeof array[place] === 'bigint' ? 1n : anyOf(draw)
  }
  return array
}

function anyOf(draw) {
  return draw.happens(0.6) ? draw.pick(special) : draw.between(-10, 10)
}

const objects = [
  () => new Proxy({}, {}),
  () => new Proxy(() => {}, {}),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  () => Symbol('s'),
  () => 1n,
  () => null,
  () => undefined,
  () => Object.create(null),
  () => Promise.resolve(1),
  () => Promise.reject(new Thrown()).catch(() => {}),
  // biome-ignore lint/suspicious/noThenProperty: an object that takes itself for a promise is what is tried
  () => ({ then: (resolve) => resolve(1) }),
  () => () => {
    throw new Thrown()
  },
  () => async () => 1,
  () => class {},
  () => new Date(Number.NaN),
  () => new Map([[1, 2]]),
  () => [],
  () => new Array(5),
  () => Object.assign([], { length: 2000 }),
  () => new ArrayBuffer(8),
  () => new SharedArrayBuffer(8),
  () => globalThis,
  () => process,
  () => new Error('e'),
  () => new Number(3),
  () => new String('l2'),
  () => new Boolean(true),
  () => JSON.parse('{"__proto__": {"threads": 1}}'),
]

/** A value of any type; `more` makes objects of the addon. */
export function anyValue(draw, more) {
  const kind = draw.weighted([
    [2, 'object'],
    [1, 'more'],
    [1, 'number'],
    [1, 'text'],
    [1, 'array'],
    [1, 'anything'],
  ])
  if (kind === 'object') return draw.pick(objects)()
  if (kind === 'more') return draw.pick(more)(draw)
  if (kind === 'number') return anyNumber(draw)
  if (kind === 'text') return anyText(draw)
  if (kind === 'array') return anyArray(draw, new (draw.pick([Float32Array, Float64Array, Int32Array]))(4))
  return draw.anything()
}
