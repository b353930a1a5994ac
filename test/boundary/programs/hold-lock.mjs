// Holds the lock of a file until the process is killed.
import { openSync } from 'node:fs'
import { loadAddon } from './load.mjs'

const [, , addonPath, path] = process.argv
if (loadAddon(addonPath).tryLock(openSync(path, 'a'))) console.log('held')
setInterval(() => {}, 1000)
