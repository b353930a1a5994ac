/** A wrong command line, in one sentence. */
export class UsageError extends Error {}

/** Turns what `parseArgs` throws into a usage error. */
export function usage<Result>(parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error))
  }
}

export function positiveInteger(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isSafeInteger(value) && value > 0 && value <= 1e6) return value
  throw new UsageError(`Expected \`${name}\` to be an integer from 1 to 1000000, got '${text}'.`)
}

export function oneOf<Name extends string>(option: string, text: string, known: readonly Name[]): Name {
  const found = known.find((name) => name === text)
  if (found !== undefined) return found
  throw new UsageError(`Expected \`${option}\` to be one of ${known.join(', ')}, got '${text}'.`)
}

/** Runs a program; a wrong command line is told on stderr in one line and ends with code 2. */
export async function runProgram(program: () => Promise<number>): Promise<void> {
  // Exit handlers end the contenders and remove the problems.
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  try {
    process.exitCode = await program()
  } catch (error) {
    process.stderr.write(
      `${error instanceof UsageError ? error.message : error instanceof Error ? error.stack : error}\n`,
    )
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}
