import { expect } from 'vitest'
import { type ErrorCode, RobustFeaturesError } from '../../src/native/errors.js'

/** Runs `action`, which must throw or reject with the package's error, and checks its code and that it is one line. */
export async function failure(code: ErrorCode, action: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(action)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    )
  expect(error).toBeInstanceOf(RobustFeaturesError)
  const { code: found, message } = error as RobustFeaturesError
  expect({ code: found, message }).toMatchObject({ code })
  expect(message).not.toMatch(/[\r\n]/)
  return message
}
