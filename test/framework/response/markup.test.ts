import { validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { Application, get, html, Markup, type MarkupValue, markup } from '@tsgi/framework'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

describe('markup', () => {
  it('escapes every value', () => {
    const title = `"><script>alert('&')</script>`
    expect(String(markup`<p title="${title}">${title}</p>`)).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;">&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</p>',
    )
  })

  it('takes markup as it is, lists together, and nothing for what is not there', () => {
    const items = ['a', '<b>'].map((item) => markup`<li>${item}`)
    expect(String(markup`<ul>${items}</ul>${false}${null}${undefined}${0}${10n}`)).toBe(
      '<ul><li>a<li>&lt;b&gt;</ul>010',
    )
  })

  it('takes what somebody vouches for', () => {
    expect(String(markup`<p>${Markup.trusted('<b>x</b>')}</p>`)).toBe('<p><b>x</b></p>')
  })

  it('leaves the escapes of a template to the language', () => {
    expect(String(markup`\u{e9}\n`)).toBe('é\n')
  })

  it.each([[{}], [true], [() => ''], [Symbol('s')], [{ toString: () => '<script>' }]])('refuses %s', (value) => {
    expect(() => markup`${value as MarkupValue}`).toThrow(TypeError)
  })

  it('lets no text out of its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = String(markup`<p title="${text}">${[text, markup`${text}`]}</p>`)
        expect(
          written
            .replace(/^<p title="/, '')
            .replace('">', '')
            .replace(/<\/p>$/, ''),
        ).not.toMatch(/[<>"']/)
      }),
    )
  })

  it('is an answer of a view, and of html()', async () => {
    const application = validate(
      new Application([get('/', () => markup`<p>${'<'}</p>`), get('/html', () => html(markup`<p>${'&'}</p>`, 201))]),
    )
    const answer = await call(application, '/')
    expect(answer).toMatchObject({ status: 200, text: '<p>&lt;</p>' })
    expect(answer.header('content-type')).toBe('text/html; charset=utf-8')
    expect(await call(application, '/html')).toMatchObject({ status: 201, text: '<p>&amp;</p>' })
  })
})
