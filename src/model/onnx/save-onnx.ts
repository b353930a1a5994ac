import { writeFileAtomically } from '../../data/atomic-file.js'
import { requireInstance } from '../../native/instances.js'
import { layeredAddon } from '../../native/layered-addon.js'
import { LayeredNetwork } from '../layered-network.js'
import { FLOAT, GraphBuilder, type OnnxValue } from './graph-builder.js'
import type { OnnxModel, OnnxValueInformation } from './messages.js'
import { appendOperation } from './operations.js'

const INPUT = 'images'
const OUTPUT = 'scores'
/** The newest version whose operators are used, of 2021: read by every runtime since. */
const OPERATOR_SET = 15n
const FORMAT_VERSION = 8n

/**
 * Writes a layered network as an ONNX file, atomically: as it is evaluated, with running statistics and the
 * normalisation of its input inside. Input `images`: N × channels × height × width, float32 in [0, 1]; output `scores`:
 * N × classes; any N. Operator set 15. Tensors keep their names.
 *
 * @param network to write
 * @param path of the file
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for what is no LayeredNetwork, `WRITE_FAILED`
 */
export async function saveOnnx(network: LayeredNetwork, path: string): Promise<void> {
  // Loaded here, for nothing else writes protocol buffers.
  const { encodeModel } = await import('./messages.js')
  await writeFileAtomically(path, encodeModel(toModel(requireInstance(network, LayeredNetwork, 'network'))))
}

function toModel(network: LayeredNetwork): OnnxModel {
  const graph = new GraphBuilder()
  const tensors = network.tensors()
  const { operations, classes } = network
  const { height, width, channels } = network.input
  const values: OnnxValue[] = [{ name: INPUT, flat: false }]
  for (const [index, operation] of operations.entries()) {
    const name = index === operations.length - 1 ? OUTPUT : operation.name
    values.push(appendOperation(graph, operation, { tensors, values, name }))
  }
  return {
    irVersion: FORMAT_VERSION,
    producerName: 'robust-features',
    producerVersion: layeredAddon().information().version,
    opsetImport: [{ domain: '', version: OPERATOR_SET }],
    graph: {
      name: 'LayeredNetwork',
      node: graph.nodes,
      initializer: graph.constants,
      input: [valueInformation(INPUT, [channels, height, width])],
      output: [valueInformation(OUTPUT, [classes])],
    },
  }
}

/** Of N float32 arrays. */
function valueInformation(name: string, shape: readonly number[]): OnnxValueInformation {
  const dim = [{ dimParam: 'N' }, ...shape.map((size) => ({ dimValue: BigInt(size) }))]
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } }
}
