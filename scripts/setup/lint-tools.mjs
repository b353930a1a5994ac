import { lintTools, requireTools } from './tools.mjs'

/** clang-format and clang-tidy are installed. */
export const clangTools = {
  // Only the checks ask for this step, so asking the tools themselves each time costs nobody else.
  isCurrent: () => false,
  run: () => requireTools(lintTools),
}
