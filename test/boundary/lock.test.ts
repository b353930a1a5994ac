import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { expectEnding, runProgram } from '../helpers/program.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const refusal = `
#include <cerrno>
#include <cstdlib>
extern "C" int flock(int, int) {
  errno = std::atoi(std::getenv("REFUSED_WITH"));
  return -1;
}
`

// Elsewhere than on Linux a preloaded library does not take the place of the system's functions.
describe.runIf(process.platform === 'linux')('a lock that the system refuses', () => {
  it('counts where there are no locks, is held by another, or is an error with its reason', async () => {
    const library = join(temporaryFolder(), 'refusal.so')
    const flags = ['-shared', '-fPIC', '-x', 'c++', '-', '-o', library]
    execFileSync(process.env.CXX ?? 'c++', flags, { input: refusal })
    vi.stubEnv('LD_PRELOAD', library)
    onTestFinished(() => void vi.unstubAllEnvs())
    const without = ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'ENOLCK']
    const ending = await runProgram('refused-lock', [...without, 'EWOULDBLOCK', 'EIO', 'EBADF'])
    expectEnding(ending)
    expect(JSON.parse(ending.stdout)).toEqual({
      ...Object.fromEntries(without.map((reason) => [reason, [true, 'done']])),
      EWOULDBLOCK: [false, expect.stringMatching(/^RUN_FOLDER_IN_USE /)],
      // In the words of the C library.
      EIO: [
        expect.stringMatching(/^NATIVE_FAILURE no lock: \S+ error$/),
        expect.stringMatching(/^WRITE_FAILED Expected FOLDER to be writable, got no lock: \S+ error\.$/),
      ],
      EBADF: ['INVALID_ARGUMENT Expected `descriptor` to be an open file.', expect.any(String)],
    })
  })
})
