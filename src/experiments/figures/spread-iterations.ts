/** At most `count` of ascending iterations, the first and the last among them, evenly spread on a logarithmic axis. */
export function spreadIterations(iterations: readonly number[], count: number): number[] {
  const first = iterations[0]
  const last = iterations.at(-1)
  if (first === undefined || last === undefined || iterations.length <= count) return [...iterations]
  const chosen = new Set([first, last])
  const start = Math.max(1, iterations.find((iteration) => iteration > 0) ?? 1)
  for (let step = 0; chosen.size < count && step < count - 1; step++) {
    const wanted = start * (last / start) ** (step / (count - 2))
    const next = iterations.find((iteration) => iteration >= wanted)
    if (next !== undefined) chosen.add(next)
  }
  return [...chosen].sort((a, b) => a - b)
}
