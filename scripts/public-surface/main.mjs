import { writeFileSync } from 'node:fs'
import { inProject } from '../setup/paths.mjs'
import { printPublicSurface } from './print.mjs'

const [path = inProject('etc', 'api.md')] = process.argv.slice(2)
writeFileSync(path, await printPublicSurface(inProject('dist')))
