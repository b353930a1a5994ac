/** Rows of `{ check, measured, limit, passed }` as lines, columns aligned. */
export function tableOf(rows) {
  const cells = rows.map(({ check, measured, limit, passed }) => [
    passed ? 'ok' : 'FAILED',
    check,
    limit === undefined ? measured : `${measured} (at most ${limit})`,
  ])
  const widths = [0, 1].map((column) => Math.max(0, ...cells.map((cell) => cell[column].length)))
  return cells
    .map(([state, check, measured]) => `${state.padEnd(widths[0])}  ${check.padEnd(widths[1])}  ${measured}`)
    .join('\n')
}
