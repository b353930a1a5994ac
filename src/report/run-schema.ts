import { z } from 'zod'
import { SCALES } from '../experiments/experiment.js'

// JSON writes what is not finite as null.
const measuredNumber = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN)
const measurement = z.object({
  value: measuredNumber,
  ci95: z.object({ lower: measuredNumber, upper: measuredNumber }).nullable(),
  n: z.number(),
})
const condition = z.object({
  measured: measurement,
  criterion: z.object({
    statistic: z.enum(['lower', 'upper', 'mean']),
    relation: z.enum(['>=', '<=']),
    threshold: z.number(),
    text: z.string(),
  }),
})
const seeds = z.array(z.number())
const anything = z.record(z.string(), z.unknown())

export const configSchema = z.object({
  experiment: z.string(),
  scale: z.enum(SCALES),
  seeds,
  preset: anything,
  engine: z.string(),
  dataFormat: z.number(),
})

export const recordsSchema = z
  .array(
    z.object({
      id: z.string(),
      experiment: z.string(),
      dataset: z.string().optional(),
      claim: z.string(),
      source: z.string(),
      reported: z.union([z.string(), z.number()]).nullable(),
      conditions: z.array(condition).min(1),
      verdict: z.enum(['reproduced', 'not reproduced', 'inconclusive']),
      config: anything,
      seeds,
    }),
  )
  .min(1)

export const flagsSchema = z.array(z.object({ where: z.string(), name: z.string(), message: z.string() }))

const field = z.object({
  field: z.string(),
  title: z.string(),
  scale: z.enum(['linear', 'log']).optional(),
  domain: z.tuple([z.number(), z.number()]).optional(),
})

/** Of what has files of its own, so it must not lead out of their folder. */
const fileId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, { error: 'letters, digits and dashes' })

function haveOwnIds(entries: readonly { readonly id: string }[]): boolean {
  return new Set(entries.map(({ id }) => id)).size === entries.length
}

export const figuresSchema = z
  .array(
    z.object({
      id: fileId,
      title: z.string(),
      caption: z.string(),
      kind: z.enum(['lines', 'points', 'bars', 'heatmap']),
      x: field,
      y: field,
      color: field.optional(),
      stroke: field.optional(),
      band: z.object({ low: z.string(), high: z.string() }).optional(),
      control: field.optional(),
      rows: z.array(z.record(z.string(), z.union([z.number(), z.string(), z.null()]))),
    }),
  )
  .refine(haveOwnIds, { error: 'figures with an id of their own each' })

export const gridsSchema = z
  .array(z.object({ id: fileId, title: z.string(), caption: z.string(), columns: z.array(z.string()) }))
  .refine(haveOwnIds, { error: 'grids with an id of their own each' })

export const environmentSchema = anything
export const timingsSchema = z.object({ seconds: z.number(), threads: z.number() })

export type ReportedRecord = z.output<typeof recordsSchema>[number]
export type ReportedFlag = z.output<typeof flagsSchema>[number]
export type ReportedGrid = z.output<typeof gridsSchema>[number]
export type ReportedConfig = z.output<typeof configSchema>
