/**
 * @typedef {object} Row of what was looked at and measured
 * @property {string} check
 * @property {string} measured
 * @property {string} [limit] in words, such as `≤ 5 s`
 * @property {boolean} passed
 */

/**
 * Rows as a table of Markdown, columns aligned.
 *
 * @param {readonly Row[]} rows
 */
export function tableOf(rows) {
  const lines = [
    ['check', 'measured', 'limit', ''],
    ...rows.map(({ check, measured, limit = '', passed }) => [
      check,
      measured,
      limit,
      passed ? 'ok' : 'FAILED',
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column].length)))
  const text = (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const [head, ...body] = lines.map(text)
  return [head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body].join('\n')
}
