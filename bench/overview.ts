// `npm run bench:overview` prints README.md's table from the kept runs.
import { overview } from './report/overview.js'

process.stdout.write(`${overview()}\n`)
