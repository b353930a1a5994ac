import { describe, expect, it } from 'vitest'
import { flagLines } from '../../src/cli/flag-lines.js'

const dead = (where: string, message = '1 filter takes no part.') =>
  ({ where, name: 'dead-filters', message }) as const

describe('flagLines', () => {
  it('say where a flag was raised, once for each kind', () => {
    const low = { where: 'seed-1/adversarial', name: 'robust-accuracy-low', message: 'It is low.' } as const
    const flags = [dead('seed-1/a', '2 filters take no part.'), low, dead('seed-2/a'), dead('seed-2/b')]
    expect(flagLines({ experiment: 'activation', flags })).toEqual([
      'flag dead-filters, activation, 3 times (seed-1/a, seed-2/a, seed-2/b). The first: 2 filters take no part. See docs/flags/dead-filters.md.',
      'flag robust-accuracy-low, activation/seed-1/adversarial: It is low. See docs/flags/robust-accuracy-low.md.',
    ])
    expect(flagLines({ experiment: 'activation', flags: [] })).toEqual([])
  })

  it('name the first places of many', () => {
    const flags = Array.from({ length: 5 }, (_, seed) => dead(`seed-${seed + 1}`))
    expect(flagLines({ experiment: 'activation', flags })[0]).toContain(
      'activation, 5 times (seed-1, seed-2, seed-3 and 2 more). The first:',
    )
  })
})
