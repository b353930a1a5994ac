/**
 * What the promises give, once each has ended: throws the first rejection of the list only then, so that nothing still
 * runs when the caller releases a lock.
 */
export async function whenAllEnd(promises) {
  const endings = await Promise.allSettled(promises)
  const failed = endings.find(({ status }) => status === 'rejected')
  if (failed) throw failed.reason
  return endings.map(({ value }) => value)
}
