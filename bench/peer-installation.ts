import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ContenderEntry } from './contenders/registry.js'
import { inProject } from './paths.js'
import type { PeerEnvironment } from './peer-environment.js'
import { buildTfjsNode } from './peers/build-tfjs-node.js'
import { installNodePeers } from './peers/install-node-peers.js'

const ENVIRONMENT = inProject('build', 'peers')
const ENVIRONMENT_PYTHON = inProject('build', 'peers', 'bin', 'python')
const TFJS_NODE = '@tensorflow/tfjs-node'
const TFJS_NODE_ADDON = join(ENVIRONMENT, 'node_modules', TFJS_NODE, 'lib', 'napi-v8', 'tfjs_binding.node')
const REQUIREMENTS = inProject('bench', 'peers', 'requirements.txt')

/** Makes build/peers and installs there what the peers need. */
export async function installPeers(): Promise<void> {
  if (!existsSync(ENVIRONMENT_PYTHON)) await run('python3', ['-m', 'venv', ENVIRONMENT])
  await run(ENVIRONMENT_PYTHON, ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', REQUIREMENTS])
  await installNodePeers(ENVIRONMENT)
}

/** What is installed. An addon of tfjs-node is built where it is wanted and there is none, or from another library. */
export async function findPeers(
  entries: readonly ContenderEntry[],
  chosen: { readonly python?: string | undefined; readonly libtensorflow?: string | undefined },
  log: (line: string) => void,
): Promise<PeerEnvironment> {
  const python = chosen.python ?? (existsSync(ENVIRONMENT_PYTHON) ? ENVIRONMENT_PYTHON : 'python3')
  const libtensorflow = chosen.libtensorflow ?? libtensorflowOfWheel()
  const modulesOf = (wanted: ContenderEntry['language']) => [
    ...new Set(entries.flatMap(({ language, module }) => (language === wanted ? (module ?? []) : []))),
  ]
  const packages = modulesOf('node')
  const absent = packages.filter((name) => !existsSync(join(ENVIRONMENT, 'node_modules', name)))
  if (packages.includes(TFJS_NODE) && !absent.includes(TFJS_NODE) && libtensorflow !== undefined) {
    if (chosen.libtensorflow !== undefined || !existsSync(TFJS_NODE_ADDON)) {
      const trouble = await buildTfjsNode(ENVIRONMENT, libtensorflow)
      if (trouble !== undefined) log(trouble)
    }
  }
  const missing = new Set([...absent, ...(await missingModules(python, modulesOf('python')))])
  return { python, libtensorflow, missing }
}

/** Looks for the modules without importing them, which takes seconds for some. */
async function missingModules(python: string, modules: readonly string[]): Promise<ReadonlySet<string>> {
  if (modules.length === 0) return new Set()
  const script =
    'import importlib.util, sys; print(*[m for m in sys.argv[1:] if not importlib.util.find_spec(m)])'
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', script, ...modules])
    return new Set(stdout.split(/\s+/).filter((name) => name !== ''))
  } catch {
    return new Set(modules)
  }
}

function libtensorflowOfWheel(): string | undefined {
  const library = join(ENVIRONMENT, 'lib')
  if (!existsSync(library)) return undefined
  return readdirSync(library)
    .map((version) => join(library, version, 'site-packages', 'tensorflow'))
    .find((folder) => existsSync(folder))
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // The table alone goes to stdout.
    const child = spawn(program, args, { stdio: ['ignore', 2, 2] })
    const fail = (reason: string) =>
      reject(new Error(`Expected \`${program} ${args.join(' ')}\` to work, got ${reason}.`))
    child.on('error', ({ message }) => fail(message))
    child.on('close', (code) => (code === 0 ? resolve() : fail(`exit code ${code}`)))
  })
}
