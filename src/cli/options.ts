import { z } from 'zod'
import { RobustFeaturesError } from '../native/errors.js'
import { parseOptions, positiveInteger, seed } from '../native/validation.js'

/** A schema for a number given as text on the command line. */
export function numberOption<Schema extends z.ZodType<number, number>>(schema: Schema) {
  return z.preprocess(
    (text) => (typeof text === 'string' && text.trim() !== '' ? Number(text) : text),
    schema,
  )
}

/** The same, also for a fraction of two numbers such as 8/255. */
export function fractionOption<Schema extends z.ZodType<number, number>>(schema: Schema) {
  return z.preprocess((text) => {
    const [, above, below] = String(text).match(/^([\d.]+)\/([\d.]+)$/) ?? []
    return above === undefined ? text : Number(above) / Number(below)
  }, numberOption(schema))
}

export const threadsOption = numberOption(positiveInteger(1024)).optional()
export const seedOption = numberOption(seed).optional()

/** Checks the options of a command; errors name them as they are typed. */
export function parseCommandOptions<Shape extends z.ZodRawShape>(
  shape: Shape,
  options: Readonly<Record<string, unknown>>,
): z.output<z.ZodObject<Shape>> {
  const typed = Object.fromEntries(Object.entries(options).map(([name, value]) => [optionName(name), value]))
  const renamed = Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [optionName(name), schema]),
  )
  const parsed = parseOptions(z.object(renamed), typed, 'options') as Record<string, unknown>
  return Object.fromEntries(Object.keys(shape).map((name) => [name, parsed[optionName(name)]])) as z.output<
    z.ZodObject<Shape>
  >
}

/**
 * An action of a command in whose errors what comes from options is called as it is typed. What errors of files name
 * alike are tensors and fields.
 *
 * @param shape of the options that the action hands on under the same name
 * @param others what else the library calls them
 */
export function namedAsTyped<Given extends readonly unknown[]>(
  action: (...given: Given) => Promise<void>,
  shape: z.ZodRawShape,
  others: Readonly<Record<string, string>> = {},
): (...given: Given) => Promise<void> {
  const own = Object.keys(shape).map((name) => [name, optionName(name)] as const)
  const ofFiles = new Map(Object.entries(others))
  const ofArguments = new Map([...own, ...ofFiles])
  return async (...given) => {
    try {
      await action(...given)
    } catch (error) {
      if (!(error instanceof RobustFeaturesError)) throw error
      const names = error.code === 'INVALID_FILE' ? ofFiles : ofArguments
      const message = error.message.replace(/`([^`]+)`/g, (text, name) => {
        const typed = names.get(name)
        return typed === undefined ? text : `\`${typed}\``
      })
      throw message === error.message ? error : new RobustFeaturesError(error.code, message, { cause: error })
    }
  }
}

/** An option as it is typed: `--step-size` for `stepSize`. */
export function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
