import { setTimeout as sleep } from 'node:timers/promises'
import { outputOf, report, run, SetupError } from './command.mjs'

const aptOptions = ['-o', 'DPkg::Lock::Timeout=300']

// `privileged`: the system's package managers need root, Homebrew refuses it.
const managers = {
  apt: {
    program: 'apt-get',
    privileged: true,
    environment: ['env', 'DEBIAN_FRONTEND=noninteractive'],
    refresh: ['apt-get', ...aptOptions, 'update'],
    install: (packages) => [
      'apt-get',
      ...aptOptions,
      'install',
      '-y',
      '--no-install-recommends',
      ...packages,
    ],
    has: (name) => /^Status: .* installed$/m.test(outputOf('dpkg-query', ['-s', name]) ?? ''),
  },
  dnf: {
    program: 'dnf',
    privileged: true,
    install: (packages) => ['dnf', 'install', '-y', ...packages],
    has: (name) => outputOf('rpm', ['-q', name]) !== undefined,
  },
  apk: {
    program: 'apk',
    privileged: true,
    install: (packages) => ['apk', 'add', '--no-cache', ...packages],
    has: (name) => outputOf('apk', ['info', '-e', name]) !== undefined,
  },
  brew: {
    program: 'brew',
    privileged: false,
    install: (packages) => ['brew', 'install', ...packages],
    has: (name) => outputOf('brew', ['list', '--versions', name]) !== undefined,
  },
}

/** `apt`, `dnf`, `apk`, `brew`, or undefined where none of them is. */
export function packageManager() {
  return Object.keys(managers).find((name) => outputOf(managers[name].program, ['--version']) !== undefined)
}

/** Whether the system's package manager knows the package as installed. */
export function packageInstalled(manager, name) {
  return managers[manager].has(name)
}

/** Installs packages, or throws an error with the one command that a person with the rights can run. */
export async function installPackages(manager, packages) {
  const { privileged, environment = [], refresh, install } = managers[manager]
  const isRoot = process.getuid?.() === 0
  const needsSudo = privileged && !isRoot
  if (needsSudo && outputOf('sudo', ['-n', 'true']) === undefined) {
    const commands = [refresh, install(packages)].filter(Boolean).map((words) => `sudo ${words.join(' ')}`)
    throw new SetupError(
      `Some packages are missing and need administrator rights. Run this, then try again:\n  ${commands.join(' && ')}`,
    )
  }
  const prefix = [...(needsSudo ? ['sudo', '-n'] : []), ...environment]
  const execute = ([...words]) => {
    const [command, ...args] = [...prefix, ...words]
    return run(command, args)
  }
  report(`installing ${packages.join(', ')} with ${managers[manager].program}`)
  let refreshFailure = ''
  if (refresh)
    await whenUnlocked(() => execute(refresh)).catch((error) => {
      refreshFailure = `${error.message}\n`
    })
  try {
    await whenUnlocked(() => execute(install(packages)))
  } catch (error) {
    throw new SetupError(`${refreshFailure}${error.message}`)
  }
}

// DPkg::Lock::Timeout does not cover the lock on the package lists, which only `update` takes.
async function whenUnlocked(attempt, triesLeft = 30) {
  try {
    return await attempt()
  } catch (error) {
    if (triesLeft === 0 || !/Could not get lock|Unable to lock/i.test(error.message)) throw error
    await sleep(10_000)
    return whenUnlocked(attempt, triesLeft - 1)
  }
}
