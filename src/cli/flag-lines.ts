import { type FlagName, flagPage } from '../analysis/flag-names.js'
import type { ExperimentRun } from '../experiments/run-experiment.js'

const PLACES_NAMED = 3

/** One line about a flag: what it says, and where to read on. */
export function flagLine({ name, message }: { readonly name: FlagName; readonly message: string }): string {
  return `flag ${name}: ${message} See ${flagPage(name)}.`
}

/** One line for each kind of flag that a run has raised: how often, where, and what the first says. */
export function flagLines({ experiment, flags }: Pick<ExperimentRun, 'experiment' | 'flags'>): string[] {
  const names = [...new Set(flags.map(({ name }) => name))]
  return names.map((name) => {
    const [first, ...others] = flags.filter((flag) => flag.name === name)
    const said = `${first?.message} See ${flagPage(name)}.`
    if (others.length === 0) return `flag ${name}, ${experiment}/${first?.where}: ${said}`
    const places = [first, ...others].slice(0, PLACES_NAMED).map((flag) => flag?.where)
    const more = others.length + 1 - places.length
    const where = more === 0 ? places.join(', ') : `${places.join(', ')} and ${more} more`
    return `flag ${name}, ${experiment}, ${others.length + 1} times (${where}). The first: ${said}`
  })
}
