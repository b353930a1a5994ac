import { join } from 'node:path'
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import nodeResolve from '@rollup/plugin-node-resolve'
import { rollup } from 'rollup'

const [entry, folder] = process.argv.slice(2)
/** What other packages cause; a module of ours that rollup doubts is an error. */
const onwarn = ({ id = '', ids = [], message }) => {
  if ([id, ...ids].some((path) => path.includes('robust-features/dist'))) throw new Error(message)
}

const outside = await rollup({ input: entry, external: [/^node:/, 'robust-features'], onwarn })
await outside.write({ file: join(folder, 'outside', 'bundle.mjs'), format: 'es' })
const bundle = await rollup({
  input: entry,
  plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), json()],
  onwarn,
})
await bundle.write({ dir: join(folder, 'esm'), format: 'es', entryFileNames: 'bundle.mjs' })
await bundle.write({
  file: join(folder, 'cjs', 'bundle.cjs'),
  format: 'cjs',
  inlineDynamicImports: true,
})
await bundle.close()
