import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('.', import.meta.resolve('robust-features/package.json')))

/** The highest version of Node-API that tfjs-node 4 knows, so the one it looks for in every Node of ours. */
const NAPI_VERSION = 8

const smokeTest = `
  const tf = require('@tensorflow/tfjs-node')
  const [value] = tf.matMul(tf.tensor([3], [1, 1]), tf.tensor([2], [1, 1])).dataSync()
  if (value !== 6) throw new Error('3 times 2 gave ' + value)
`

/**
 * Compiles the addon of the tfjs-node in `peers`/node_modules against a TensorFlow that is already there,
 * in place of the one its installer would download: the folder `tensorflow` of the Python package (its
 * libraries have the C interface and its include/ the headers), or an unpacked libtensorflow.
 *
 * @returns why it does not work, in one sentence, or nothing when it does
 */
export async function buildTfjsNode(peers: string, tensorflow: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'The addon of tfjs-node is built on Linux only.'
  const addon = join(peers, 'node_modules', '@tensorflow', 'tfjs-node')
  if (!existsSync(addon)) return `Expected tfjs-node in ${addon}, got nothing.`
  const found = librariesIn(resolve(tensorflow))
  if (found === undefined) {
    return `Expected libtensorflow_cc.so.2 or libtensorflow.so.2, libtensorflow_framework.so.2 and include/ in ${tensorflow}.`
  }
  const output = join(addon, 'lib', `napi-v${NAPI_VERSION}`)
  await mkdir(output, { recursive: true })
  const binary = join(output, 'tfjs_binding.node')
  try {
    await run(process.env.CXX ?? 'c++', [
      ...['-shared', '-fPIC', '-O2', '-std=c++17', `-DNAPI_VERSION=${NAPI_VERSION}`],
      ...[
        join(root, 'node_modules', 'node-api-headers', 'include'),
        join(resolve(tensorflow), 'include'),
        addon,
      ].map((folder) => `-I${folder}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((source) => join(addon, 'binding', source)),
      ...['-o', binary, ...found.libraries, `-Wl,-rpath,${found.folder}`],
    ])
    // Symbols are bound when first called, so that a missing one shows only in use.
    await run(process.execPath, ['-e', smokeTest], { cwd: peers })
    return undefined
  } catch (error) {
    await rm(binary, { force: true })
    return `The addon of tfjs-node does not work with the libraries in ${found.folder}: ${reasonOf(error)}`
  }
}

function librariesIn(tensorflow: string): { folder: string; libraries: string[] } | undefined {
  if (!existsSync(join(tensorflow, 'include', 'tensorflow', 'c', 'c_api.h'))) return undefined
  for (const folder of [tensorflow, join(tensorflow, 'lib')]) {
    const framework = join(folder, 'libtensorflow_framework.so.2')
    const library = ['libtensorflow_cc.so.2', 'libtensorflow.so.2']
      .map((name) => join(folder, name))
      .find((file) => existsSync(file))
    if (library !== undefined && existsSync(framework)) return { folder, libraries: [library, framework] }
  }
  return undefined
}

/** The line of a failed program's output that says most. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string }
  const lines = (stderr || message || String(error)).split('\n').filter((line) => line.trim() !== '')
  return (lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no reason given').trim()
}
