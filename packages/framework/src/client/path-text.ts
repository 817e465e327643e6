/**
 * A pattern with its parameters as a path: the small half of reverse-url.ts, for pages. A pattern was checked when the
 * application was made; what is missing or has no place in a path is checked here.
 */

const TOKENS = /\\(.)|([:*])(?:"((?:[^"\\]|\\.)*)"|([\p{ID_Start}$_][\p{ID_Continue}$]*))|([{}])|[^\\:*{}]+/gsu

interface Part {
  text: string
  /** Whether each parameter in it was given. */
  isWhole: boolean
}

/** @throws TypeError for a parameter that is missing or cannot stand in a path. */
export function pathOf(pattern: string, params: Readonly<Record<string, unknown>>): string {
  const open: Part[] = [{ text: '', isWhole: true }]
  for (const [token, escaped, kind, quoted, plain, brace] of pattern.matchAll(TOKENS)) {
    const part = open.at(-1)
    if (part === undefined) break
    if (brace === '{') open.push({ text: '', isWhole: true })
    else if (brace === '}') {
      open.pop()
      const outer = open.at(-1)
      if (part.isWhole && outer !== undefined) outer.text += part.text
    } else if (kind === undefined) part.text += encodeURI(escaped ?? token)
    else {
      const name = quoted ?? plain ?? ''
      const value = Object.hasOwn(params, name) ? params[name] : undefined
      if (value === undefined && open.length === 1) throw new TypeError(`${pattern}: the parameter ${name} is missing`)
      part.isWhole &&= value !== undefined
      const texts = Array.isArray(value) ? value : [value]
      part.text += texts.map((text) => encodeURIComponent(String(text))).join('/')
    }
  }
  const path = open[0]?.text ?? ''
  if (/(?:^|\/)\.{1,2}(?:\/|$)|^\/\/|%00/.test(path))
    throw new TypeError(`${path} is no path that a client can ask for`)
  return path
}
