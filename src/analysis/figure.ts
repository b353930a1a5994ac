/** A column of a figure's rows, and what to call it; the title names the unit where there is one. */
export interface FigureField {
  readonly field: string
  readonly title: string
  /** Of a numeric axis; default linear. */
  readonly scale?: 'linear' | 'log'
  /** Ends of a numeric axis, where the numbers have bounds; what goes beyond, such as an interval, is drawn at the end. */
  readonly domain?: readonly [number, number]
}

export type FigureRow = Readonly<Record<string, number | string | null>>

/** A figure as data: tidy rows and which column means what. How it looks is the report's business. */
export interface Figure {
  /** Unique in its experiment, fit for a file name, such as `coefficients`. */
  readonly id: string
  readonly title: string
  /** What is to be seen, with n and how intervals are made. */
  readonly caption: string
  /** `heatmap` paints `color` over cells x, y; `bars` stands on nominal x. */
  readonly kind: 'lines' | 'points' | 'bars' | 'heatmap'
  readonly x: FigureField
  readonly y: FigureField
  /** The series (lines, points, bars) or the painted number (heatmap). */
  readonly color?: FigureField
  /** A nominal column told apart by the stroke, such as measured against predicted. */
  readonly stroke?: FigureField
  /** Columns with the ends of a 95 % interval of y. */
  readonly band?: { readonly low: string; readonly high: string }
  /** A column of which the reader chooses one value at a time, such as the iteration. */
  readonly control?: FigureField
  readonly rows: readonly FigureRow[]
}
