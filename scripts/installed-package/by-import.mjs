import * as library from 'robust-features'
import { use } from './use.mjs'

await use(library)
