const MAXIMUM_LENGTH = 60

/** Text as it may stand inside a one-line message: control characters escaped, long values cut. */
export function inlineText(text: string): string {
  const cut = text.length > MAXIMUM_LENGTH ? `${text.slice(0, MAXIMUM_LENGTH)}…` : text
  return JSON.stringify(cut)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(
      /[\u007f-\u009f\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}

/** A value as it appears after "got" in an error message, on one line: `'l3'`, `-1`, `an array of length 3`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `'${inlineText(value)}'`
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return `${inlineText(String(value))}n`
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of length ${value.length}`
  const name = className(value)
  if (name === 'Object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object'
  return ArrayBuffer.isView(value) && 'length' in value
    ? `${withArticle(name)} of length ${value.length}`
    : withArticle(name)
}

/** `a Float32Array`, `an Int32Array`. */
export function withArticle(noun: string): string {
  return /^[aeiou]/i.test(noun) && !/^u(int|ni)/i.test(noun) ? `an ${noun}` : `a ${noun}`
}

function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return 'Object'
  const maker: unknown = (prototype as { constructor?: unknown }).constructor
  return typeof maker === 'function' && maker.name !== '' ? inlineText(maker.name) : 'Object'
}
