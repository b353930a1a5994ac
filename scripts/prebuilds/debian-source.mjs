import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf, run, SetupError } from '../setup/command.mjs'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** The mirror this machine takes Debian's packages from; undefined where there is none or apt cannot verify it. */
export function debianMirror() {
  if (!existsSync(keyring) || outputOf('dpkg-source', ['--version']) === undefined) return undefined
  return mirrorAmong(
    outputOf('apt-get', ['indextargets', '--format', '$(ORIGIN)|$(REPO_URI)|$(CODENAME)']) ?? '',
  )
}

/** Debian's own archive among `origin|address|code name` lines, not its updates or its security archive. */
export function mirrorAmong(lines) {
  const targets = lines.split('\n').map((line) => line.split('|'))
  return targets.find(([origin, , name]) => origin === 'Debian' && /^[a-z]+$/.test(name ?? ''))?.[1]
}

/**
 * Unpacks a Debian source package into `destination`, with none of Debian's patches but the named ones. apt keeps its
 * lists and settings for this in `workspace`, so that the machine's own stay as they are; it checks the archive's
 * signature and with it every file's checksum.
 */
export async function unpackDebianSource(
  { suite, package: name, version, patches },
  mirror,
  { workspace, destination },
) {
  const at = (...parts) => join(workspace, ...parts)
  for (const folder of ['lists/partial', 'parts', 'cache', 'files'])
    mkdirSync(at(folder), { recursive: true })
  writeFileSync(at('sources.list'), `deb-src [signed-by=${keyring}] ${mirror} ${suite} main\n`)
  const options = [
    `Dir::Etc::SourceList=${at('sources.list')}`,
    `Dir::Etc::SourceParts=${at('parts')}`,
    `Dir::State::Lists=${at('lists')}`,
    `Dir::Cache=${at('cache')}`,
    // As root apt would fetch as a user of its own, who may not write here.
    ...(process.getuid() === 0 ? ['APT::Sandbox::User=root'] : []),
  ].flatMap((option) => ['-o', option])
  await run('apt-get', [...options, 'update'])
  await run('apt-get', [...options, 'source', '--download-only', `${name}=${version}`], { cwd: at('files') })
  const description = readdirSync(at('files')).find(
    (file) => file.endsWith('.dsc') && file.startsWith(`${name}_`),
  )
  if (description === undefined)
    throw new SetupError(`Expected apt-get to fetch ${name} ${version}, got no .dsc.`)
  rmSync(destination, { recursive: true, force: true })
  // apt has checked the signature of the whole archive; that of one developer needs keys this machine may lack.
  await run('dpkg-source', ['--no-check', '--skip-patches', '-x', description, destination], {
    cwd: at('files'),
  })
  for (const patch of patches) {
    await run('patch', ['-p1', '--silent', '-i', join(destination, 'debian', 'patches', patch)], {
      cwd: destination,
    })
  }
}
