import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { printPublicSurface } from './print.mjs'

const pathTo = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
writeFileSync(pathTo('etc/api.md'), await printPublicSurface(pathTo('dist')))
