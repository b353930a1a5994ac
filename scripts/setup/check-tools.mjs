import { checkTools, requireTools } from './tools.mjs'

/** clang-format, clang-tidy, a cross compiler and a browser are installed. */
export const toolsOfChecks = {
  // Only the checks ask for this step, so asking the tools themselves each time costs nobody else.
  isCurrent: () => false,
  run: () => requireTools(checkTools),
}
