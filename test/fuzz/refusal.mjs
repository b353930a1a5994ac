/**
 * The code of an error of the package that says in one sentence what is wrong; undefined for any other.
 *
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function refusalCode(error) {
  return error instanceof Error &&
    error.name === 'RobustFeaturesError' &&
    'code' in error &&
    /^[^\r\n]+\.$/.test(error.message)
    ? String(error.code)
    : undefined
}
