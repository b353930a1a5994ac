#!/usr/bin/env node
import { exitCodeFor, reportFailure } from './failure.js'
import { buildProgram } from './program.js'

try {
  await buildProgram().parseAsync()
} catch (error) {
  reportFailure(error)
  process.exitCode = exitCodeFor(error)
}
