import { expect, it } from 'vitest'
import { kernels } from '../../src/reference/index.js'
import { largestDifference, numbers, smoothedRelu } from '../helpers/reference-cases.js'

/** The transpose of a rows × columns matrix. */
function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!)
}

it('product multiplies as by hand', () => {
  const out = new Float64Array(4)
  kernels.product('nn', 2, 2, 3, Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(7, 8, 9, 10, 11, 12), out)
  expect(out).toEqual(Float64Array.of(58, 64, 139, 154))
})

it('the three forms of product agree under transposition, and `tn` adds to what is there', () => {
  const [m, n, k] = [3, 5, 4]
  const a = numbers(1, m * k)
  const b = numbers(2, k * n)
  const nn = new Float64Array(m * n)
  const nt = new Float64Array(m * n)
  const tn = new Float64Array(m * n).fill(10)
  kernels.product('nn', m, n, k, a, b, nn)
  kernels.product('nt', m, n, k, a, transpose(b, k, n), nt)
  kernels.product('tn', m, n, k, transpose(a, m, k), b, tn)
  expect(nt).toEqual(nn)
  expect(
    largestDifference(
      tn.map((value) => value - 10),
      nn,
    ),
  ).toBeLessThan(1e-14)
})

it('activation fills values and lifted slopes', () => {
  const values = new Float64Array(3)
  const slopes = new Float64Array(3)
  kernels.activation(smoothedRelu, 0.3, Float64Array.of(-1, 0.5, 2), values, slopes)
  expect(largestDifference(values, [0, 0.125 / 3, 2 - 2 / 3])).toBeLessThan(1e-15)
  expect(largestDifference(slopes, [0.3, 0.3, 1])).toBe(0)
})

it('activationColumnSums sums σ down the columns', () => {
  const out = Float64Array.of(99, 99)
  kernels.activationColumnSums(
    { ...smoothedRelu, kind: 'relu' },
    3,
    2,
    Float64Array.of(1, -1, 2, 5, -3, 6),
    out,
  )
  expect(out).toEqual(Float64Array.of(3, 11))
})
