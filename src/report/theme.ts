/** Colours of a figure. */
export interface FigureTheme {
  /** Behind the figure; left out where the page shows through. */
  readonly background?: string
  readonly text: string
  readonly faint: string
  /**
   * Of series, after Okabe and Ito: told apart with any colour vision, of different lightness for print without
   * colour, and each with a contrast of at least 3 to its background.
   */
  readonly series: readonly string[]
}

export const lightTheme: FigureTheme = {
  background: '#ffffff',
  text: '#1f2328',
  faint: '#d5d9de',
  series: ['#0072b2', '#d55e00', '#00664c', '#b14d8c', '#4d4d4d', '#9a6a00', '#6b5fc7'],
}

export const darkTheme: FigureTheme = {
  background: '#14171a',
  text: '#e6e8ea',
  faint: '#3a4047',
  series: ['#56b4e9', '#ff8a3d', '#2fc79a', '#e39bc6', '#d0d0d0', '#e8c14a', '#a99cf5'],
}

/** Refers to the variables that the page sets for light, dark and print, so that a drawn figure follows them. */
export const pageTheme: FigureTheme = {
  text: 'var(--text)',
  faint: 'var(--faint)',
  series: lightTheme.series.map((_, index) => `var(--series-${index + 1})`),
}

/** The variables of `pageTheme` as CSS declarations. */
export function themeVariables({ background, text, faint, series }: FigureTheme): string {
  return [
    `--background: ${background}`,
    `--text: ${text}`,
    `--faint: ${faint}`,
    ...series.map((color, index) => `--series-${index + 1}: ${color}`),
  ].join('; ')
}
