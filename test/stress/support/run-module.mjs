// One module of the stress test, in the process that scripts/stress.mjs forks for it.
// Arguments: its name, `short` or `long`.
const [name, form] = process.argv.slice(2)

/** @param {object} message */
const send = (message) => new Promise((resolve) => process.send(message, resolve))

try {
  const { run } = await import(`../${name}.stress.mjs`)
  const rows = await run({ short: form === 'short', report: (line) => void send({ line }) })
  await send({ rows })
  process.exit(0)
} catch (error) {
  await send({ error: error.stack ?? String(error) })
  process.exit(1)
}
