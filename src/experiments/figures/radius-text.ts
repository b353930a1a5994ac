/** A radius for readers: 255ths as such. */
export function radiusText(radius: number): string {
  const bytes = radius * 255
  return Number.isInteger(bytes) ? `${bytes}/255` : String(radius)
}
