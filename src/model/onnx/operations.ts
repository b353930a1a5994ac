import type { Tensor } from '../../data/tensor-content.js'
import type { NativeActivation } from '../../native/contract.js'
import type { PlannedOperation } from '../layered-plan.js'
import type { GraphBuilder, OnnxValue } from './graph-builder.js'

/** A network's tensors by name. */
type Tensors = ReadonlyMap<string, Tensor & { readonly data: Float32Array }>

/**
 * Appends an operation as it behaves in evaluation.
 *
 * @param values those made so far, the images first
 * @param name of the value it makes
 */
export function appendOperation(
  graph: GraphBuilder,
  operation: PlannedOperation,
  { tensors, values, name }: { tensors: Tensors; values: readonly OnnxValue[]; name: string },
): OnnxValue {
  const { native } = operation
  const input = values[native.input] as OnnxValue
  const parts = (...wanted: string[]) =>
    wanted.flatMap((part) => {
      const tensor = tensors.get(`${operation.name}.${part}`)
      return tensor === undefined ? [] : [graph.numbers(`${operation.name}.${part}`, tensor)]
    })
  switch (native.kind) {
    case 'normalization': {
      const byChannel = (part: string, list: readonly number[]) =>
        graph.numbers(`${operation.name}.${part}`, {
          shape: [list.length, 1, 1],
          data: Float32Array.from(list),
        })
      const centered = graph.node(
        'Sub',
        [input.name, byChannel('mean', native.mean)],
        `${operation.name}.centered`,
      )
      const made = graph.node('Div', [centered, byChannel('deviation', native.deviation)], name)
      return { name: made, flat: input.flat }
    }
    case 'convolution': {
      const inputs = [graph.unflattened(input), ...parts('weight', 'bias')]
      return { name: graph.node('Conv', inputs, name, windowOf(native)), flat: false }
    }
    case 'dense': {
      const inputs = [graph.flattened(input), ...parts('weight', 'bias')]
      return { name: graph.node('Gemm', inputs, name, { transB: 1 }), flat: true }
    }
    case 'activation':
      return {
        name: appendActivation(graph, native.activation, input.name, { name, constants: operation.name }),
        flat: input.flat,
      }
    case 'maxPooling':
      return { name: graph.node('MaxPool', [graph.unflattened(input)], name, windowOf(native)), flat: false }
    case 'averagePooling':
      // Padding does not count there unless an attribute says so.
      return {
        name: graph.node('AveragePool', [graph.unflattened(input)], name, windowOf(native)),
        flat: false,
      }
    case 'globalAveragePooling':
      return { name: graph.node('GlobalAveragePool', [graph.unflattened(input)], name), flat: false }
    case 'batchNormalization': {
      const inputs = [input.name, ...parts('weight', 'bias', 'mean', 'variance')]
      const attributes = { epsilon: { float: native.epsilon } }
      return { name: graph.node('BatchNormalization', inputs, name, attributes), flat: input.flat }
    }
    case 'addition': {
      const other = values[native.other] as OnnxValue
      const flat = input.flat && other.flat
      const [a, b] = [input, other].map((value) => (flat ? value.name : graph.unflattened(value)))
      return { name: graph.node('Add', [a as string, b as string], name), flat }
    }
  }
}

/**
 * max(z, 0), max(z, 0)^q, or for the smoothed ReLU ϱ/q · (clip(z, 0, ϱ)/ϱ)^q + max(z − ϱ, 0), which is z − (1 − 1/q) ϱ
 * beyond ϱ.
 */
function appendActivation(
  graph: GraphBuilder,
  { kind, power, threshold }: NativeActivation,
  input: string,
  { name, constants }: { name: string; constants: string },
): string {
  const part = (suffix: string) => `${constants}.${suffix}`
  if (kind === 'relu') return graph.node('Relu', [input], name)
  const exponent = graph.number(part('power'), power)
  if (kind === 'polynomial')
    return graph.node('Pow', [graph.node('Relu', [input], part('relu')), exponent], name)
  const limit = graph.number(part('threshold'), threshold)
  const clipped = graph.node('Clip', [input, graph.number(part('zero'), 0), limit], part('clipped'))
  const share = graph.node('Div', [clipped, limit], part('share'))
  const curve = graph.node('Pow', [share, exponent], part('curve'))
  const scaled = graph.node('Mul', [curve, graph.number(part('scale'), threshold / power)], part('scaled'))
  const above = graph.node('Relu', [graph.node('Sub', [input, limit], part('above'))], part('linear'))
  return graph.node('Add', [scaled, above], name)
}

function windowOf({ window, stride, padding }: { window: number; stride: number; padding: number }) {
  return {
    kernel_shape: [window, window],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  }
}
