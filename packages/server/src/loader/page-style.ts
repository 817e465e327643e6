/**
 * The style of the pages of development, to be inlined. The same rules as the framework's pages have, which the server does
 * not import; a test holds both alike. Loads nothing, knows no page.
 */

/** CSS, without a character that HTML would need escaped in `<style>`. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --quiet: light-dark(#595959, #a6a6a6); --link: light-dark(#0b57c2, #8ab4f8) }
* { box-sizing: border-box }
body { font: 1rem/1.5 system-ui, sans-serif; color: light-dark(#1a1a1a, #e8e8e8); background: light-dark(#fff, #161616); max-width: 44rem; margin: 0 auto; padding: 2.5rem 1.25rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem }
code, pre { font: .875rem/1.5 ui-monospace, monospace }
code { background: var(--soft); padding: .1em .3em; border-radius: .25em }
a { color: var(--link) }
small, time, .quiet { color: var(--quiet); font-size: .875rem }
`
