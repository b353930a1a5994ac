import { describe, expect, it } from 'vitest'
import { anchor, html, inlineScript, jsonScript } from '../../src/report/html.js'

describe('html', () => {
  it('escapes what is put in, in texts and in attributes', () => {
    const hostile = `<script>alert('x')</script> & "more"`
    const { text } = html`<p title="${hostile}">${hostile}</p>`
    expect(text).not.toMatch(/<script|"more"|'x'/)
    expect(text.match(/&#60;script&#62;/g)).toHaveLength(2)
  })

  it('takes numbers, lists and other markup, and leaves out what is undefined', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
    expect(html`<ul>${items}${undefined}</ul>${0}`.text).toBe('<ul><li>a</li><li>&#60;b&#62;</li></ul>0')
  })
})

describe('jsonScript', () => {
  it('cannot be ended by its content and keeps it', () => {
    const value = { text: '</script><!-- <script>' }
    const { text } = jsonScript('data', value)
    expect(text.match(/<\/?script/g)).toEqual(['<script', '</script'])
    expect(text).not.toContain('<!--')
    expect(JSON.parse(text.replace(/^<script[^>]*>/, '').replace(/<\/script>$/, ''))).toEqual(value)
  })
})

describe('inlineScript', () => {
  it('cannot be ended by a string in the code and names no source map', () => {
    const { text } = inlineScript('const a = "</script>"\n//# sourceMappingURL=a.js.map\n')
    expect(text.match(/<\/script/g)).toHaveLength(1)
    expect(text).not.toContain('sourceMappingURL')
    expect(new Function(`${text.replace(/<\/?script>/g, '')}; return a`)()).toBe('</script>')
  })
})

describe('anchor', () => {
  it('makes ids without spaces and signs', () => {
    expect(anchor('run-1', 'a/b "c"')).toBe('run-1-a-b-c-')
  })
})
