/** Small architectures of every kind of operation; few shapes, for oneDNN compiles a kernel for each. */
export function anyArchitecture(draw) {
  const side = draw.pick([4, 5])
  const channels = draw.pick([1, 3])
  const activation = { kind: draw.pick(['relu', 'smoothedRelu', 'polynomial']), power: 2, threshold: 1 }
  const convolution = (input, outputs, stride = 1) => ({
    ...{ kind: 'convolution', input, outputs, window: 3, stride, padding: 1 },
    bias: draw.happens(0.5),
  })
  const dense = (input) => ({ kind: 'dense', input, outputs: 3, bias: draw.happens(0.5) })
  const pooling = (kind, input) => ({ kind, input, window: 2, stride: 2, padding: draw.pick([0, 1]) })
  const normalisation = (input) => ({ kind: 'batchNormalization', input, momentum: 0.1, epsilon: 1e-5 })
  const operations = draw.pick([
    () => [dense(0)],
    () => [convolution(0, 4), { kind: 'activation', input: 1, activation }, dense(2)],
    () => [
      {
        kind: 'normalization',
        input: 0,
        mean: Array(channels).fill(0.5),
        deviation: Array(channels).fill(2),
      },
      convolution(1, 4, 2),
      normalisation(2),
      { kind: 'activation', input: 3, activation },
      { kind: 'globalAveragePooling', input: 4 },
      dense(5),
    ],
    () => [
      convolution(0, 4),
      normalisation(1),
      convolution(2, 4),
      { kind: 'addition', input: 3, other: 1 },
      pooling(draw.pick(['maxPooling', 'averagePooling']), 4),
      dense(5),
    ],
  ])()
  return { height: side, width: side, channels, operations }
}
