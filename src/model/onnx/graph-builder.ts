import type { Tensor } from '../../data/tensor-content.js'
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './messages.js'

/** Codes of the format. */
export const FLOAT = 1
const ELEMENT_TYPES = { float32: FLOAT, int64: 7 } as const
const ATTRIBUTE_TYPES = { float: 1, integer: 2, integers: 7 } as const

/** A value of the graph: N × channels × height × width, or N × numbers where it is `flat`. */
export interface OnnxValue {
  readonly name: string
  readonly flat: boolean
}

type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>

/** Collects the nodes and constants of a graph. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = []
  readonly constants: OnnxTensor[] = []

  /** Appends a node that makes the value `name`, and returns that name. */
  node(opType: string, input: readonly string[], name: string, attributes: Attributes = {}): string {
    const attribute = Object.entries(attributes).map(([key, value]) => toAttribute(key, value))
    this.nodes.push({ name: `${opType}:${name}`, opType, input, output: [name], attribute })
    return name
  }

  /** Appends constant float32 numbers; returns their name. */
  numbers(name: string, { shape, data }: Tensor & { readonly data: Float32Array }): string {
    return this.#constant(name, 'float32', shape, data)
  }

  /** The same of a single one. */
  number(name: string, value: number): string {
    return this.#constant(name, 'float32', [], Float32Array.of(value))
  }

  /** N × numbers of a value, in the order channel, row, column. */
  flattened({ name, flat }: OnnxValue): string {
    return flat ? name : this.#once(`${name}.flat`, (made) => this.node('Flatten', [name], made, { axis: 1 }))
  }

  /** N × channels × height × width of a value. */
  unflattened({ name, flat }: OnnxValue): string {
    if (!flat) return name
    return this.#once(`${name}.unflattened`, (made) =>
      this.node('Unsqueeze', [name, this.#integers(`${name}.axes`, [2, 3])], made),
    )
  }

  /** Several operations may want the same form of a value. */
  #once(name: string, make: (name: string) => string): string {
    return this.nodes.some(({ output }) => output[0] === name) ? name : make(name)
  }

  #integers(name: string, values: readonly number[]): string {
    return this.#constant(name, 'int64', [values.length], BigInt64Array.from(values, BigInt))
  }

  #constant(
    name: string,
    type: keyof typeof ELEMENT_TYPES,
    shape: readonly number[],
    data: Float32Array | BigInt64Array,
  ): string {
    this.constants.push({
      name,
      dims: shape.map(BigInt),
      dataType: ELEMENT_TYPES[type],
      rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })
    return name
  }
}

function toAttribute(name: string, value: Attributes[string]): OnnxAttribute {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPES.integer, i: BigInt(value) }
  if ('float' in value) return { name, type: ATTRIBUTE_TYPES.float, f: value.float }
  return { name, type: ATTRIBUTE_TYPES.integers, ints: value.map(BigInt) }
}
