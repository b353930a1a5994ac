import { expect, it } from 'vitest'
import { layeredAddon, layeredAddonSource } from '../../src/native/layered-addon.js'
import { failure } from '../helpers/errors.js'
import { describeLayered } from '../helpers/layered-cases.js'
import { expectEnding, expectFuzzed, runProgram } from '../helpers/program.js'

describeLayered('layered networks and the life of what they use', () => {
  const run = (name: string, args: string[] = []) =>
    runProgram(name, args, ['--expose-gc'], layeredAddonSource().path)

  // What oneDNN keeps must not go before the threads that use it.
  it.each([0, 30, 250])('process.exit() after %i ms of the first operation', async (milliseconds) => {
    expectEnding(await run('exit-mid-layered-run', [String(milliseconds)]), 7)
  })

  it('what belongs to running operations outlives its handles', async () => {
    const ending = await run('collect-layered-handles')
    expectEnding(ending)
    expect(ending.stdout.trim()).toBe('15')
  })

  it('what belongs to running operations is no buffer of the caller', async () => {
    const ending = await run('transfer-layered-buffers')
    expectEnding(ending)
    expect(ending.stdout.trim()).toBe('same')
  })

  it('thousands of calls with random arguments', async () => {
    const ending = await run('fuzz-addon', ['layered', '1', '3000'])
    expectEnding(ending)
    expectFuzzed(ending, 3000)
  })

  it.each(['images', 'layered trainers'])('%s that nobody keeps are freed', async (what) => {
    const ending = await run('unreferenced', [what])
    expectEnding(ending)
    expect(Number(ending.stdout)).toBeLessThan(1200)
  })

  it('a getter that detaches another argument', async () => {
    const images = new Uint8Array(4)
    const options = {
      samples: 1,
      height: 2,
      width: 2,
      channels: 1,
      classes: 2,
      images,
      get labels() {
        structuredClone(images.buffer, { transfer: [images.buffer] })
        return new Int32Array(1)
      },
    }
    const message = await failure('INVALID_ARGUMENT', () => new (layeredAddon().ImageData)(options))
    expect(message).toContain('detached')
  })
})
