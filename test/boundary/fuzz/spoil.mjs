import { types } from 'node:util'
import { anyArray, anyNumber, anyText, anyValue, detach, Thrown } from './values.mjs'

/** Every place of plain objects and arrays below the list of arguments, as [parent, key, value]; asks no getter. */
function placesOf(given) {
  const places = []
  const visit = (parent) => {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(parent))) {
      if (Array.isArray(parent) && key === 'length') continue
      places.push([parent, key, value])
      if (!types.isProxy(value) && (Array.isArray(value) || isPlain(value))) visit(value)
    }
  }
  visit(given)
  return places
}

function isPlain(value) {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** What a getter or a trap of a proxy does before it answers, while the addon reads its options. */
function interruption(draw, given, { reenter }) {
  const values = placesOf(given).map(([, , value]) => value)
  const views = values.filter((value) => ArrayBuffer.isView(value))
  const lists = values.filter((value) => !types.isProxy(value) && Array.isArray(value))
  const kind = draw.weighted([
    [2, 'nothing'],
    [2, 'throw'],
    [4, 'detach'],
    [3, 'reenter'],
    [2, 'shorten'],
    [2, 'lengthen'],
    [1, 'overwrite'],
  ])
  const view = views.length > 0 ? draw.pick(views) : new Float32Array(1)
  const list = lists.length > 0 ? draw.pick(lists) : []
  return {
    nothing: () => {},
    throw: () => {
      throw new Thrown()
    },
    detach: () => {
      detach(view)
      // Frees what was detached, so that a sanitizer sees who reads it still.
      for (let times = 0; times < 2; times++) globalThis.gc?.({ type: 'minor' })
    },
    reenter,
    shorten: () => list.splice(0),
    lengthen: () => list.push(list[0]),
    // Nothing is left of a detached one.
    overwrite: () => view.buffer.byteLength > 0 && new Uint8Array(view.buffer).fill(255),
  }[kind]
}

/** Spoils one place of the arguments. */
export function spoil(draw, given, context) {
  const places = placesOf(given)
  if (places.length === 0) return
  const [parent, key, current] = draw.pick(places)
  const kind = draw.weighted([
    [10, 'alike'],
    [2, 'any'],
    [1, 'missing'],
    [4, 'getter'],
    [2, 'proxy'],
  ])
  if (kind === 'any') put(parent, key, anyValue(draw, context.more))
  else if (kind === 'missing') delete parent[key]
  else if (kind === 'getter' && parent !== given) {
    const interrupt = interruption(draw, given, context)
    const later = draw.happens(0.3) ? anyValue(draw, context.more) : current
    let reads = 0
    Object.defineProperty(parent, key, {
      configurable: true,
      enumerable: true,
      get() {
        if (reads++ > 0) return later
        interrupt()
        return current
      },
    })
  } else if (kind === 'proxy' && typeof current === 'object' && current !== null) {
    const interrupt = interruption(draw, given, context)
    let rest = draw.size(1, 6)
    const get = (target, name) => {
      if (--rest === 0) interrupt()
      return Reflect.get(target, name)
    }
    put(parent, key, new Proxy(current, { get }))
  } else spoilAlike(draw, [parent, key, current], context)
}

/** Also where a getter is. */
function put(parent, key, value) {
  Object.defineProperty(parent, key, { configurable: true, enumerable: true, writable: true, value })
}

/** Another value of the same type. */
function spoilAlike(draw, [parent, key, current], { more, bounded }) {
  if (typeof current === 'number') {
    const number = anyNumber(draw)
    // Not where a large number is allowed and means minutes of work or all of the memory.
    put(parent, key, bounded.has(key) && Math.abs(number) >= 100 ? 3 : number)
  } else if (typeof current === 'string') put(parent, key, anyText(draw))
  else if (typeof current === 'boolean') put(parent, key, !current)
  else if (ArrayBuffer.isView(current)) put(parent, key, anyArray(draw, current))
  else if (!types.isProxy(current) && Array.isArray(current)) changeLength(draw, current)
  else put(parent, key, anyValue(draw, more))
}

/** An entry more or less. */
function changeLength(draw, list) {
  if (list.length === 0) return
  const place = draw.size(0, list.length - 1)
  if (draw.happens(0.5)) list.splice(place, 1)
  else list.push(Object.getOwnPropertyDescriptor(list, place)?.value)
}
