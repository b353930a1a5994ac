/** The contents of a Markdown text's fenced code blocks of a language, first to last. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fences = markdown.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)
  return [...fences].filter(([, name]) => name === language).map(([, , code = '']) => code)
}
