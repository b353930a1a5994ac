import { checkTools, requireTools } from './tools.mjs'

/** clang-format, clang-tidy and a cross compiler are installed. */
export const toolsOfChecks = {
  // Only the checks ask for this step, so asking the tools themselves each time costs nobody else.
  isCurrent: () => false,
  run: () => requireTools(checkTools),
}
