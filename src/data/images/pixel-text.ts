import type { PNG } from 'pngjs'

/** Three by five pixels, row by row; capitals stand for both cases. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '010101111101101',
  B: '110101110101110',
  C: '011100100100011',
  D: '110101101101110',
  E: '111100110100111',
  F: '111100110100100',
  G: '011100101101011',
  H: '101101111101101',
  I: '111010010010111',
  J: '001001001101010',
  K: '101101110101101',
  L: '100100100100111',
  M: '101111111101101',
  N: '110101101101101',
  O: '010101101101010',
  P: '110101110100100',
  Q: '010101101110011',
  R: '110101110101101',
  S: '011100010001110',
  T: '111010010010010',
  U: '101101101101111',
  V: '101101101101010',
  W: '101101111111101',
  X: '101101010101101',
  Y: '101101010010010',
  Z: '111001010100111',
  0: '111101101101111',
  1: '010110010010111',
  2: '111001111100111',
  3: '111001111001111',
  4: '101101111001001',
  5: '111100111001111',
  6: '111100111101111',
  7: '111001001001001',
  8: '111101111101111',
  9: '111101111001111',
  '-': '000000111000000',
  '/': '001001010100100',
  '.': '000000000000010',
  '>': '100010001010100',
  ' ': '000000000000000',
}
const UNKNOWN = '111001010000010'
const ZOOM = 2
const INK = 0

/** Of a line, with the white below it. */
export const LINE_HEIGHT = 7 * ZOOM

/** Of a line of text, with the white after it. */
export function textWidth(text: string): number {
  return [...text].length * 4 * ZOOM
}

/** Writes a line in black from its upper left corner; for names of classes and kinds, without a font. */
export function drawText(text: string, { top, left }: { top: number; left: number }, png: PNG): void {
  for (const [place, character] of [...text.toUpperCase()].entries()) {
    const glyph = GLYPHS[character] ?? UNKNOWN
    for (let y = 0; y < 5 * ZOOM; y++) {
      for (let x = 0; x < 3 * ZOOM; x++) {
        if (glyph[Math.floor(y / ZOOM) * 3 + Math.floor(x / ZOOM)] !== '1') continue
        const to = ((top + y) * png.width + left + place * 4 * ZOOM + x) * 4
        png.data.fill(INK, to, to + 3)
      }
    }
  }
}
