#!/usr/bin/env node
import { exitCodeFor, reportFailure } from './failure.js'
import { endWithOutput } from './output.js'
import { buildProgram } from './program.js'

endWithOutput()
try {
  await buildProgram().parseAsync()
} catch (error) {
  reportFailure(error)
  process.exitCode = exitCodeFor(error)
}
