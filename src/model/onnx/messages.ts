import { create, createFileRegistry, type DescMessage, fromJson, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'

/** Number in the message, type, and whether it repeats. */
type Field = readonly [number: number, type: string, repeated?: 'repeated']

/**
 * The messages of the ONNX format that a network needs, with the numbers that identify their fields in a file
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ModelProto: {
    ir_version: [1, 'INT64'],
    producer_name: [2, 'STRING'],
    producer_version: [3, 'STRING'],
    graph: [7, 'GraphProto'],
    opset_import: [8, 'OperatorSetIdProto', 'repeated'],
  },
  OperatorSetIdProto: { domain: [1, 'STRING'], version: [2, 'INT64'] },
  GraphProto: {
    node: [1, 'NodeProto', 'repeated'],
    name: [2, 'STRING'],
    initializer: [5, 'TensorProto', 'repeated'],
    input: [11, 'ValueInfoProto', 'repeated'],
    output: [12, 'ValueInfoProto', 'repeated'],
  },
  NodeProto: {
    input: [1, 'STRING', 'repeated'],
    output: [2, 'STRING', 'repeated'],
    name: [3, 'STRING'],
    op_type: [4, 'STRING'],
    attribute: [5, 'AttributeProto', 'repeated'],
  },
  AttributeProto: {
    name: [1, 'STRING'],
    f: [2, 'FLOAT'],
    i: [3, 'INT64'],
    ints: [8, 'INT64', 'repeated'],
    type: [20, 'INT32'],
  },
  TensorProto: {
    dims: [1, 'INT64', 'repeated'],
    data_type: [2, 'INT32'],
    name: [8, 'STRING'],
    raw_data: [9, 'BYTES'],
  },
  ValueInfoProto: { name: [1, 'STRING'], type: [2, 'TypeProto'] },
  TypeProto: { tensor_type: [1, 'TensorTypeProto'] },
  TensorTypeProto: { elem_type: [1, 'INT32'], shape: [2, 'TensorShapeProto'] },
  TensorShapeProto: { dim: [1, 'DimensionProto', 'repeated'] },
  DimensionProto: { dim_value: [1, 'INT64'], dim_param: [2, 'STRING'] },
}

/** A model by the names of the fields above, in camel case. */
export interface OnnxModel {
  readonly irVersion: bigint
  readonly producerName: string
  readonly producerVersion: string
  readonly opsetImport: readonly { readonly domain: string; readonly version: bigint }[]
  readonly graph: OnnxGraph
}

export interface OnnxGraph {
  readonly name: string
  readonly node: readonly OnnxNode[]
  readonly initializer: readonly OnnxTensor[]
  readonly input: readonly OnnxValueInformation[]
  readonly output: readonly OnnxValueInformation[]
}

export interface OnnxNode {
  readonly name: string
  readonly opType: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly OnnxAttribute[]
}

export interface OnnxAttribute {
  readonly name: string
  readonly type: number
  readonly i?: bigint
  readonly f?: number
  readonly ints?: readonly bigint[]
}

export interface OnnxTensor {
  readonly name: string
  readonly dims: readonly bigint[]
  readonly dataType: number
  /** Little-endian elements. */
  readonly rawData: Uint8Array
}

export interface OnnxValueInformation {
  readonly name: string
  readonly type: {
    readonly tensorType: {
      readonly elemType: number
      readonly shape: {
        readonly dim: readonly ({ readonly dimValue: bigint } | { readonly dimParam: string })[]
      }
    }
  }
}

/** The bytes of an ONNX file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return toBinary(modelDescriptor, create(modelDescriptor, { ...model }))
}

const modelDescriptor = describeModel()

function describeModel() {
  const file = fromJson(FileDescriptorProtoSchema, {
    name: 'onnx.proto',
    package: 'onnx',
    syntax: 'proto3',
    messageType: Object.entries(MESSAGES).map(([name, fields]) => ({
      name,
      field: Object.entries(fields).map(([field, [number, type, repeated]]) => ({
        name: field,
        number,
        label: repeated === undefined ? 'LABEL_OPTIONAL' : 'LABEL_REPEATED',
        ...(Object.hasOwn(MESSAGES, type)
          ? { type: 'TYPE_MESSAGE', typeName: `.onnx.${type}` }
          : { type: `TYPE_${type}` }),
      })),
    })),
  })
  return createFileRegistry(file, () => undefined).getMessage('onnx.ModelProto') as DescMessage
}
