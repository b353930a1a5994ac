import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

let files: readonly string[] | undefined

/** Shipped with the package, so that letters and mathematical signs do not depend on the system's fonts. */
export function fontFiles(): string[] {
  files ??= outsideArchives(
    ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) =>
      createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`),
    ),
  )
  return [...files]
}

/** Yarn's Plug'n'Play keeps packages in archives, which the renderer, being native, cannot look into. */
function outsideArchives(paths: readonly string[]): readonly string[] {
  if (process.versions.pnp === undefined) return paths
  const folder = mkdtempSync(join(tmpdir(), 'robust-features-fonts-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return paths.map((path) => {
    const copy = join(folder, basename(path))
    copyFileSync(path, copy)
    return copy
  })
}
