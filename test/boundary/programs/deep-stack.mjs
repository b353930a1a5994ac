// Calls that make handles from the last frames of the stack: a failed construction must not leave its data to the
// next one.
import { loadAddon, makeData } from './load.mjs'

const addon = loadAddon(process.argv[2])
const data = makeData(addon, 2)
const indices = new Int32Array(2)

function descend() {
  data.select(indices)
  descend()
}

for (let i = 0; i < 30; i++) {
  try {
    descend()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  try {
    new addon.PatchData({})
    console.log('an empty object made data')
  } catch (error) {
    if (error.code !== 'INVALID_ARGUMENT') throw error
  }
}
console.log('refused')
