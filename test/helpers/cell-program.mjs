// Cells for the tests of runners: what each does stands in its configuration.
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RobustFeaturesError } from '../../dist/native/errors.js'
import { serveCells } from '../../dist/sweeps/cell-process.js'

const actions = {
  double: ({ value }) => ({ doubled: 2 * value }),
  throw: () => {
    throw new TypeError('no such thing\nwith a second line')
  },
  die: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(3),
  'die when done': (_, { directory }) => {
    writeFileSync(join(directory, 'result.json'), '{"doubled":"in time"}')
    process.kill(process.pid, 'SIGKILL')
  },
  'die when aborted': (_, { signal }) =>
    new Promise(() => signal.addEventListener('abort', () => process.kill(process.pid, 'SIGKILL'))),
  wait: async (_, { signal }) => {
    await delay(60_000, undefined, { signal }).catch((cause) => {
      throw new RobustFeaturesError('ABORTED', 'The operation was aborted.', { cause })
    })
  },
}

serveCells(async (config, context) => {
  if (config.log) appendFileSync(config.log, `${config.action} ${context.threads}\n`)
  writeFileSync(join(context.directory, 'own.txt'), config.action)
  return actions[config.action](config, context)
})
