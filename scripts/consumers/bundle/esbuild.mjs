import { join } from 'node:path'
import { build } from 'esbuild'

const [entry, folder] = process.argv.slice(2)
const common = { entryPoints: [entry], bundle: true, platform: 'node', target: 'node20', logLevel: 'silent' }
const createRequire =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"

const outside = await build({
  ...common,
  format: 'esm',
  external: ['robust-features'],
  outfile: join(folder, 'outside', 'bundle.mjs'),
})
const modules = await build({
  ...common,
  format: 'esm',
  minify: true,
  banner: { js: createRequire },
  outfile: join(folder, 'esm', 'bundle.mjs'),
})
const commonJs = await build({ ...common, format: 'cjs', outfile: join(folder, 'cjs', 'bundle.cjs') })
const warnings = [outside, modules, commonJs].flatMap(({ warnings }) => warnings.map(({ text }) => text))
if (warnings.length > 0) throw new Error(warnings.join('\n'))
