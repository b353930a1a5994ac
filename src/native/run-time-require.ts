import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The URL of this module, or of the bundle it went into. */
export const moduleUrl: string = locateModule()

/** As Node has it: not imported, for webpack replaces every `createRequire` it can see by its own. */
export const { createRequire } = process.getBuiltinModule('node:module')

/**
 * CommonJS output of bundlers has `__filename`, while `import.meta` is empty there (esbuild) or names the module's source
 * on the machine that made the bundle (webpack). Not by `typeof`, which webpack answers itself, for modules too.
 */
function locateModule(): string {
  try {
    // `node -e` and the like have a global of this name, '[eval]'.
    if (isAbsolute(__filename)) return pathToFileURL(__filename).href
  } catch {} // a module
  return import.meta.url
}
