/** The frame that short pages share: head, style, heading. Knows no error and no file. */
import { escapeHtml } from './escape-html.ts'
import { PAGE_STYLE } from './page-style.ts'

/**
 * @param title as text; it is the heading too.
 * @param content HTML, line by line.
 */
export function htmlPage(title: string, content: readonly string[]): string {
  const heading = escapeHtml(title)
  return [
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${heading}</title>\n<style>${PAGE_STYLE}</style>\n<main>\n<h1>${heading}</h1>`,
    ...content,
    '</main>\n</html>\n',
  ].join('\n')
}
