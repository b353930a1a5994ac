// Without top-level await, which bundlers cannot turn into CommonJS.
import * as library from 'robust-features'
import { use } from './use.mjs'

use(library).catch((error) => {
  console.error(`${error.message} [${error.code}]`)
  process.exitCode = 1
})
