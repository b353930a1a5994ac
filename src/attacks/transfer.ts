import { z } from 'zod'
import type { PatchData } from '../data/patch-data.js'
import type { Samples } from '../data/samples.js'
import { LayeredNetwork } from '../model/layered-network.js'
import type { Network } from '../model/network.js'
import { type NetworkOf, requireData, requireNetwork } from '../model/network-kinds.js'
import { PatchNetwork } from '../model/patch-network.js'
import type { FloatArray, NativeAttack } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { ExecutionOptions } from '../native/execution.js'
import { parseOptions, seed } from '../native/validation.js'
import { type Attack, type CustomAttack, isEngineAttack } from './attack.js'
import { requireAttacks } from './attack-schema.js'
import { imageAttack } from './image-attack.js'
import { toThreatModel } from './threat-model.js'

const optionsSchema = z.strictObject({ seed: seed.default(0) })

/**
 * An attack made against another network: δ = argmin over the starts r of the attacked network's margin at X + δ_r,
 * δ_r what `attack` finds from start r against `source`. Gradients that the attacked network hides may be there in one
 * trained from another seed. Engine attacks run natively on the source. It is judged like any attack of a user, and
 * further restarts can only lower a margin.
 *
 * @param source a network for the same data, of the same precision
 * @param attack whose threat model the result has
 * @param options `seed` of random starts, default 0
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`; when it runs, also for a source that does not fit
 *   the data
 */
export function transfer<Data extends Samples = PatchData>(
  source: Network<Data>,
  attack: Attack<Data>,
  options: { seed?: number | undefined } = {},
): CustomAttack<Data> {
  const kind = requireNetwork(source, 'source')
  const [given] = requireAttacks<Data>([attack]) as [Attack<Data>]
  const { seed } = parseOptions(optionsSchema, options, 'transfer', 'options')
  const used = kind instanceof LayeredNetwork ? imageAttack(given) : given
  return {
    ...toThreatModel({ ...used, bounds: used.bounds && [used.bounds[0], used.bounds[1]] }),
    name: `transfer-${used.name}`,
    async perturb(network, data, execution) {
      requireSource(source, data)
      if (!isEngineAttack(used)) return used.perturb(source as NetworkOf<Data>, data, execution)
      const [first, ...others] = startsOf(used.native)
      let worst = await perturbSource(source, data, first, { seed, round: 0, ...execution })
      if (others.length === 0) return worst
      const margin = (await network.evaluate(data, { ...execution, perturbation: worst })).margin.slice()
      for (const [index, start] of others.entries()) {
        const perturbation = await perturbSource(source, data, start, {
          seed,
          round: index + 1,
          ...execution,
        })
        const found = (await network.evaluate(data, { ...execution, perturbation })).margin
        worst = keepSmaller(worst, margin, perturbation, found, data.inputSize)
      }
      return worst
    },
  }
}

/** Each start alone, for the one that hurts the source most need not be the one that hurts the attacked network. */
function startsOf(native: NativeAttack): [NativeAttack, ...NativeAttack[]] {
  if (native.kind !== 'gradientAscent') return [native]
  const later = { ...native, restarts: 1, randomStart: true }
  return [
    { ...native, restarts: 1 },
    ...Array.from({ length: native.restarts - 1 }, (): NativeAttack => later),
  ]
}

async function perturbSource<Data extends Samples>(
  source: Network<Data>,
  data: Data,
  native: NativeAttack,
  options: ExecutionOptions & { seed: number; round: number },
): Promise<FloatArray> {
  const { perturbations } = await source.attack(data, [native], { ...options, keepPerturbations: true })
  return perturbations?.[0] as FloatArray
}

/** Per sample the perturbation of the smaller margin, which `margin` gets; NaN, of an overflow, is the smallest. */
function keepSmaller(
  kept: FloatArray,
  margin: Float64Array,
  challenger: FloatArray,
  found: Float64Array,
  inputSize: number,
): FloatArray {
  const worst = kept.slice()
  for (const [n, value] of found.entries()) {
    if (Number.isNaN(margin[n]) || value >= (margin[n] ?? Number.NaN)) continue
    margin[n] = value
    worst.set(challenger.subarray(n * inputSize, (n + 1) * inputSize), n * inputSize)
  }
  return worst
}

function requireSource<Data extends Samples>(source: Network<Data>, data: Data): void {
  requireData(source, data)
  if (!(source instanceof PatchNetwork)) return
  const fits = source.dimension === data.dimension && source.precision === data.precision
  if (fits && source.classes >= data.classes) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected the \`source\` of transfer, or \`transferFrom\`, to be a network of ${data.classes} classes, dimension ` +
      `${data.dimension} and precision ${data.precision}, got ${source.classes}, ${source.dimension} and ${source.precision}.`,
  )
}
