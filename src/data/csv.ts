/** Comma-separated values (RFC 4180) with a header line. Missing values, null, arrays and objects are empty cells. */
export function toCsv(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [names, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('')
}

/** Whether a value can stand in a table's cell. */
export function isScalar(value: unknown): value is number | string | boolean | null {
  return value === null || ['number', 'string', 'boolean'].includes(typeof value)
}

function csvCell(value: unknown): string {
  if (value === null || !isScalar(value)) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
