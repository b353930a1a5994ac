import { activation, floats, number } from './parts.mjs'

/** Kernels and random numbers. */
export function kernelFunctions({ kernels, random }) {
  const draws = (draw) => [number(draw), draw.text(), draw.size(0, 9), draw.size(0, 20)]
  const anyFloats = (draw, length) => floats(draw, draw.pick([Float32Array, Float64Array]), length)
  return [
    ...Object.entries(random).map(([key, call]) => ({ name: `random.${key}`, weight: 2, make: draws, call })),
    {
      name: 'kernels.activation',
      weight: 3,
      make: (draw) => {
        const z = anyFloats(draw, draw.size(0, 20))
        const [values, slopes] = [0, 1].map(() => floats(draw, z.constructor, z.length))
        return [activation(draw), draw.pick([0, 0.1]), z, values, slopes]
      },
      call: kernels.activation,
    },
    {
      name: 'kernels.activationColumnSums',
      weight: 3,
      make: (draw) => {
        const [rows, columns] = [draw.size(0, 5), draw.size(0, 20)]
        return [activation(draw), rows, columns, anyFloats(draw, rows * columns), new Float64Array(columns)]
      },
      call: kernels.activationColumnSums,
    },
    {
      name: 'kernels.product',
      weight: 4,
      make: (draw) => {
        const [m, n, k] = [draw.size(0, 9), draw.size(0, 9), draw.size(0, 9)]
        const a = anyFloats(draw, m * k)
        const [b, out] = [n * k, m * n].map((length) => floats(draw, a.constructor, length))
        return [draw.pick(['nt', 'nn', 'tn']), m, n, k, a, b, out]
      },
      call: kernels.product,
    },
    {
      name: 'kernels.residual',
      weight: 3,
      make: (draw) => {
        const classes = draw.size(2, 9)
        const scores = floats(draw, Float64Array, classes)
        const loss = draw.pick(['crossEntropy', 'margin'])
        return [loss, scores, draw.size(0, classes - 1), new Float64Array(classes)]
      },
      call: kernels.residual,
    },
    {
      name: 'kernels.ascend',
      weight: 3,
      make: (draw) => {
        const length = draw.size(1, 9)
        const gradient = anyFloats(draw, length * draw.size(0, 3))
        const perturbation = floats(draw, gradient.constructor, gradient.length)
        const [rule, norm] = [draw.pick(['gradient', 'normalized']), draw.pick(['l2', 'linf'])]
        return [rule, norm, draw.between(0, 2), draw.between(0, 2), length, gradient, perturbation]
      },
      call: kernels.ascend,
    },
    {
      name: 'kernels.project',
      weight: 3,
      make: (draw) => {
        const length = draw.size(1, 9)
        const perturbation = anyFloats(draw, length * draw.size(0, 3))
        return [draw.pick(['l2', 'linf']), draw.between(0, 2), length, perturbation]
      },
      call: kernels.project,
    },
    {
      name: 'kernels.norm',
      weight: 2,
      make: (draw) => [draw.pick(['l2', 'linf']), anyFloats(draw, draw.size(0, 20))],
      call: kernels.norm,
    },
  ]
}
