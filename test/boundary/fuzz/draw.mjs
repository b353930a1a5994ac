import fc from 'fast-check'

const STEPS = 2 ** 30
const index = (length) => fc.noBias(fc.nat({ max: length - 1 }))
const object = () => fc.anything({ maxDepth: 1, maxKeys: 3, withTypedArray: true, withDate: true })
const text = () => fc.string({ unit: 'binary', maxLength: 12 })

/** Choices of one run, all from fast-check, so that a seed gives the same calls again. */
export class Draw {
  constructor(generate) {
    this.generate = generate
  }

  /** Uniform on [0, 1). */
  chance() {
    return this.generate(index, STEPS) / STEPS
  }

  /** Whether something of this probability happens. */
  happens(probability) {
    return this.chance() < probability
  }

  pick(list) {
    return list[this.generate(index, list.length)]
  }

  /** One of [weight, value]. */
  weighted(list) {
    let rest = this.chance() * list.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of list) {
      rest -= weight
      if (rest < 0) return value
    }
    return list[0][1]
  }

  /** An integer from `low` to `high`. */
  size(low, high) {
    return low + this.generate(index, high - low + 1)
  }

  between(low, high) {
    return low + (high - low) * this.chance()
  }

  text() {
    return this.generate(text)
  }

  anything() {
    return this.generate(object)
  }
}
