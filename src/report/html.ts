/** Markup that needs no escaping any more. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type HtmlContent = Html | string | number | undefined | readonly HtmlContent[]

/** A template of markup: whatever is put in is escaped, unless it was made by `html` itself; `undefined` is nothing. */
export function html(strings: TemplateStringsArray, ...contents: readonly HtmlContent[]): Html {
  return new Html(strings.map((string, index) => string + textOf(contents[index])).join(''))
}

/** JSON for a `<script type="application/json">`, which no text inside can end. */
export function jsonScript(id: string, value: unknown): Html {
  const json = JSON.stringify(value).replaceAll('<', '\\u003c')
  return html`<script type="application/json" id="${id}">${new Html(json)}</script>`
}

/** Code of our own or of a dependency for an inline `<script>`; the one text that would end it is written otherwise. */
export function inlineScript(code: string, type?: 'module'): Html {
  const safe = code.replace(/^\/\/# sourceMappingURL=.*$/m, '').replace(/<(?=\/script|!--)/gi, '\\x3c')
  return new Html(`<script${type === undefined ? '' : ` type="${type}"`}>${safe}</script>`)
}

/** Letters, digits and dashes, for the id of an element. */
export function anchor(...names: readonly string[]): string {
  return names.map((name) => name.replace(/[^A-Za-z0-9]+/g, '-')).join('-')
}

function textOf(content: HtmlContent): string {
  if (content === undefined) return ''
  if (content instanceof Html) return content.text
  if (typeof content === 'object') return content.map(textOf).join('')
  return String(content).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
