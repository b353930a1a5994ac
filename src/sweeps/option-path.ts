import { describeValue, inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'

/**
 * A copy of a configuration with one option changed. `path` joins names and positions in lists by dots:
 * `objective.attacks.0.radius`. Objects on the way that are not there are made; whether the option exists is for the
 * configuration's schema to say.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when the path leads through something that has no fields, or past the
 *   end of a list
 */
export function withOption(config: unknown, path: string, value: unknown): unknown {
  return change(config, path.split('.'), 0, value)
}

function change(container: unknown, names: readonly string[], depth: number, value: unknown): unknown {
  const [name] = names.slice(depth)
  if (name === undefined) return value
  const inner = (field: unknown) => change(field, names, depth + 1, value)
  if (Array.isArray(container)) {
    const position = Number(name)
    if (!/^\d+$/.test(name) || position >= container.length) throw misled(names, depth, container)
    return container.map((element, index) => (index === position ? inner(element) : element))
  }
  if (container === undefined) return { [name]: inner(undefined) }
  if (typeof container !== 'object' || container === null) throw misled(names, depth, container)
  return { ...container, [name]: inner(Object.entries(container).find(([key]) => key === name)?.[1]) }
}

function misled(names: readonly string[], depth: number, found: unknown): RobustFeaturesError {
  const shown = inlineText(names.join('.'))
  return new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`parameters\` to name options of the base, got \`${shown}\`, where \`${inlineText(names.slice(0, depth).join('.'))}\` is ${describeValue(found)}.`,
  )
}
