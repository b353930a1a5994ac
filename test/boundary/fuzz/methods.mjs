import { Thrown } from './values.mjs'

/** What V8 itself says: of a receiver or call that is not the class's, and of a proxy without its object. */
export const saidByV8 =
  /^Illegal invocation$|^Class constructors cannot be invoked without 'new'$|on a proxy that has been revoked$|is not a constructor$/

/**
 * Both addons' classes: constructed in every way, their accessors and methods on receivers of every kind; and what has
 * neither classes nor options.
 */
export function methodsOf(addon, classes, errorClass) {
  const cancellation = {
    name: 'Cancellation',
    weight: 1,
    Class: addon.Cancellation,
    make: () => [],
    instance: () => new addon.Cancellation(),
    methods: { cancel: () => [] },
  }
  return [
    { name: 'information', weight: 0.5, make: () => [1, {}], call: addon.information },
    {
      name: 'setErrorClass',
      weight: 0.5,
      make: (draw) => [draw.pick(errorClasses)],
      call: refuseWith(addon, errorClass),
    },
    ...[cancellation, ...classes].flatMap((one) => [
      construction(one),
      ...accessors(one),
      ...Object.keys(one.methods).map((key) => method(one, key)),
    ]),
  ]
}

const errorClasses = [
  class extends Error {
    constructor() {
      super('other')
      throw new Thrown()
    }
  },
  class {
    constructor() {
      // biome-ignore lint/correctness/noConstructorReturn: a class that gives something else is what is tried
      return new Proxy({}, {})
    }
  },
  () => {},
]

/** Sets another class of errors, provokes one and sets the right one again. */
function refuseWith(addon, errorClass) {
  return (otherClass, ...rest) => {
    addon.setErrorClass(otherClass, ...rest)
    try {
      new addon.Trainer()
    } catch {
    } finally {
      addon.setErrorClass(errorClass)
    }
  }
}

/** What an addon has, by the names that its functions have in the tables here. */
export function membersOf(addon) {
  return Object.entries(addon).flatMap(([key, value]) => {
    if (typeof value === 'object') return Object.keys(value).map((name) => `${key}.${name}`)
    const members = Object.entries(Object.getOwnPropertyDescriptors(value.prototype ?? {}))
      .filter(([name]) => name !== 'constructor')
      .map(([name, { get }]) => `${key}.${name}${get ? '' : '()'}`)
    return members.length === 0 ? [key] : [`new ${key}`, ...members]
  })
}

function construction({ name, weight, Class, make }) {
  return {
    name: `new ${name}`,
    weight,
    make,
    call: (...given) => new Class(...given),
    otherCalls: [
      (...given) => Class(...given),
      (...given) => Reflect.apply(Class, {}, given),
      (...given) => new (class extends Class {})(...given),
      (...given) => {
        const made = Reflect.construct(Class, given, class {})
        for (const key of Object.keys(Object.getOwnPropertyDescriptors(Class.prototype))) {
          if (key !== 'constructor') Reflect.get(Class.prototype, key, made)
        }
      },
      (...given) => Reflect.construct(Class, given, Map),
    ],
  }
}

function accessors({ name, Class, instance }) {
  return Object.entries(Object.getOwnPropertyDescriptors(Class.prototype))
    .filter(([, { get }]) => get !== undefined)
    .map(([key, { get }]) => ({
      name: `${name}.${key}`,
      weight: 0.5,
      make: (draw) => [instance(draw)],
      call: (receiver, ...rest) => Reflect.apply(get, receiver, rest),
    }))
}

function method({ name, Class, instance, methods }, key) {
  return {
    name: `${name}.${key}()`,
    weight: 2,
    make: (draw) => {
      const receiver = instance(draw)
      return [receiver, ...methods[key](draw, receiver)]
    },
    call: (receiver, ...given) => Reflect.apply(Class.prototype[key], receiver, given),
    otherCalls: [
      (receiver, ...given) => Reflect.apply(Class.prototype[key], Object.create(Object(receiver)), given),
      (receiver, ...given) => Reflect.apply(Class.prototype[key], new Proxy(Object(receiver), {}), given),
      (_, ...given) => Reflect.apply(Class.prototype[key], Class.prototype, given),
      (receiver, ...given) => [1, 2].map(() => Reflect.apply(Class.prototype[key], receiver, given)),
    ],
  }
}
