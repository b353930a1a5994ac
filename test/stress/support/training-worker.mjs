// A worker thread that loads the package and trains for hours, several runs at once; says when they have begun.
import { parentPort } from 'node:worker_threads'
import { kinds } from './cases.mjs'

const runs = []
for (const kind of kinds(() => {})) runs.push(kind.start(await kind.data(200)))
await Promise.all(runs.map((run) => run.started))
parentPort.postMessage('training')
