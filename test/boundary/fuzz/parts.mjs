/** Parts of arguments that both addons take. */

export function number(draw) {
  return draw.pick([0, 1, 7, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])
}

/** `length` moderate numbers, in a view that may begin later in its buffer and end before its end. */
export function floats(draw, Type, length) {
  const before = draw.size(0, 2)
  const buffer = new ArrayBuffer((before + length + draw.size(0, 2)) * Type.BYTES_PER_ELEMENT)
  const array = new Type(buffer, before * Type.BYTES_PER_ELEMENT, length)
  const scale = draw.pick([1, 0, 0.1, 10])
  const phase = draw.between(0, 6)
  for (let i = 0; i < length; i++) array[i] = scale * Math.sin(phase + 1.7 * i)
  return array
}

/** `length` integers from 0 to `most`. */
export function int32(draw, length, most) {
  const first = draw.size(0, 9)
  return Int32Array.from({ length }, (_, i) => (first + 3 * i) % (most + 1))
}

export function execution(draw, addon) {
  const threads = draw.pick([1, 1, 2, 3])
  if (draw.happens(0.8)) return { threads }
  const cancellation = new addon.Cancellation()
  if (draw.happens(0.5)) cancellation.cancel()
  return { threads, cancellation }
}

export function gradientAttack(draw) {
  return {
    kind: 'gradientAscent',
    loss: draw.pick(['crossEntropy', 'margin']),
    rule: draw.pick(['gradient', 'normalized']),
    norm: draw.pick(['l2', 'linf']),
    budget: 'input',
    radius: draw.between(0, 1),
    steps: draw.size(0, 3),
    stepSize: draw.between(0, 1),
    randomStart: draw.happens(0.5),
    restarts: draw.size(1, 2),
    surrogateSlope: 0,
    lower: 0,
    upper: 1,
  }
}

export function activation(draw) {
  return {
    kind: draw.pick(['smoothedRelu', 'relu', 'polynomial']),
    power: draw.size(2, 5),
    threshold: draw.between(0.1, 2),
  }
}

export function advanceOptions(draw, addon) {
  return {
    seconds: draw.pick([0, 1e9, Number.POSITIVE_INFINITY]),
    ...(draw.happens(0.3) ? { until: draw.size(0, 3) } : {}),
    ...execution(draw, addon),
  }
}

/** First and count of samples that are there. */
export function stretch(draw, { samples }) {
  const first = draw.size(0, samples)
  return [first, draw.size(0, samples - first)]
}

export function indices(draw, { samples }) {
  return int32(draw, samples === 0 ? 0 : draw.size(0, 9), samples - 1)
}
