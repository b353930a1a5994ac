import { dirname, join } from 'node:path'
import { build } from 'vite'

const [entry, folder] = process.argv.slice(2)
const config = (name, noExternal) => ({
  root: dirname(entry),
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: entry,
    outDir: join(folder, name),
    rollupOptions: { output: { entryFileNames: 'bundle.mjs' } },
  },
  ssr: { noExternal },
})

await build(config('outside', []))
await build(config('esm', true))
