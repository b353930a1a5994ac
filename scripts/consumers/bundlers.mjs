import { cpSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expectMatch, expectSame, outcome, runNode } from './process.mjs'

const bundlers = {
  esbuild: ['esm/bundle.mjs', 'cjs/bundle.cjs'],
  rollup: ['esm/bundle.mjs', 'cjs/bundle.cjs'],
  vite: ['esm/bundle.mjs'],
  webpack: ['esm/bundle.mjs', 'cjs/bundle.cjs'],
}

/** Bundles the program in the application, and runs what came out there: with the package outside and inside. */
export function bundlerChecks(tools, { folder, expected }) {
  return Object.entries(bundlers).map(([bundler, files]) => [
    bundler,
    async () => {
      const bundles = join(folder, 'bundles', bundler)
      await runNode([join(tools.folder, `${bundler}.mjs`), join(folder, 'bundled.mjs'), bundles])
      for (const file of ['outside/bundle.mjs', ...files])
        expectSame(await runNode([join(bundles, file)]), expected.program, `what ${file} prints`)
    },
  ])
}

/** The bundles again, elsewhere, with the package gone. Nothing else may use the application any more. */
export function movedBundleChecks(folder, package_, application) {
  renameSync(join(application.folder, 'bundles'), join(folder, 'moved'))
  renameSync(application.folder, join(folder, 'gone'))
  return Object.entries(bundlers).flatMap(([bundler, files]) =>
    files.map((file) => [
      `${bundler}, ${dirname(file)}, without the package`,
      () => checkMovedBundle(join(folder, 'moved', bundler, file), package_, application),
    ]),
  )
}

async function checkMovedBundle(bundle, { core, prebuilds }, { expected }) {
  const { code, stderr } = await outcome(process.execPath, [bundle])
  expectSame(code, 1, 'the exit code without an addon')
  expectMatch(stderr, /^Expected [^\n]* external, [^\n]* \[NATIVE_ADDON_UNAVAILABLE\]\n$/, 'the message')

  const environment = { ROBUST_FEATURES_ADDON: join(dirname(prebuilds), core) }
  expectSame(await runNode([bundle], { environment }), expected.program, 'what it prints with the variable')

  cpSync(prebuilds, join(dirname(bundle), basename(prebuilds)), { recursive: true })
  expectSame(await runNode([bundle]), expected.program, 'what it prints with prebuilds beside it')
}
