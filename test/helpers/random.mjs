/** Draws from a seed: the same seed, the same draws. */
export class Random {
  #state

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** Uniform on [0, 1), by the 32-bit mixing of SplitMix. */
  next() {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }

  /**
   * An integer below `limit`.
   *
   * @param {number} limit
   */
  below(limit) {
    return Math.floor(this.next() * limit)
  }

  /**
   * @template Value
   * @param {readonly Value[]} list
   * @returns {Value}
   */
  pick(list) {
    return /** @type {Value} */ (list[this.below(list.length)])
  }
}
