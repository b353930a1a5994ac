import { Session } from 'node:inspector'

/** Which code has run, block by block, as V8 counts it for the scripts that `isMeasured` names by their addresses. */
export class Coverage {
  #session = new Session()
  #isMeasured
  /** @type {Map<string, Map<string, Uint8Array>>} by script and function, 1 at every character of it that has run */
  #seen = new Map()

  /** @param {(url: string) => boolean} isMeasured */
  constructor(isMeasured) {
    this.#isMeasured = isMeasured
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /**
   * Whether anything ran since the last call that was never remembered to have run.
   *
   * @param {boolean} remember it from now on
   */
  grew(remember) {
    let grew = false
    for (const { url, functions } of this.#post('Profiler.takePreciseCoverage').result) {
      if (!this.#isMeasured(url)) continue
      for (const { functionName, ranges } of functions) {
        const [{ startOffset, endOffset, count }] = ranges
        if (count === 0) continue
        const ran = this.#characters(url, `${functionName} ${startOffset}`, endOffset - startOffset)
        grew = paint(ran, ranges, remember) || grew
      }
    }
    return grew
  }

  /** How many characters of the measured code have run, those of inner functions apart. */
  get characters() {
    let sum = 0
    for (const functions of this.#seen.values())
      for (const ran of functions.values()) for (const one of ran) sum += one
    return sum
  }

  #characters(url, key, length) {
    const functions = this.#seen.get(url) ?? new Map()
    this.#seen.set(url, functions)
    const ran = functions.get(key) ?? new Uint8Array(length)
    functions.set(key, ran)
    return ran
  }

  /** In this process the answer is there at once. */
  #post(method, parameters = {}) {
    let answer
    this.#session.post(method, parameters, (error, result) => {
      if (error) throw error
      answer = result
    })
    return answer
  }
}

/** Whether more ran of a function, and marks it: inner ranges come after those that they lie in. */
function paint(ran, ranges, remember) {
  const now = new Uint8Array(ran.length)
  const [{ startOffset: first }] = ranges
  for (const { startOffset, endOffset, count } of ranges)
    now.fill(count > 0 ? 1 : 0, startOffset - first, endOffset - first)
  let grew = false
  for (let place = 0; place < now.length; place++) {
    if (now[place] === 0 || ran[place] === 1) continue
    grew = true
    if (remember) ran[place] = 1
  }
  return grew
}
