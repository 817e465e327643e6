/**
 * Media types of the extensions that views use most, for platforms where a bundle must be small (package.json,
 * `imports`). Node, Deno and Bun use the whole table of `mime` instead. Knows names only.
 */

const TYPES: Readonly<Record<string, string>> = {
  atom: 'application/atom+xml',
  avif: 'image/avif',
  bin: 'application/octet-stream',
  css: 'text/css',
  csv: 'text/csv',
  gif: 'image/gif',
  html: 'text/html',
  ico: 'image/x-icon',
  ics: 'text/calendar',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  jsonld: 'application/ld+json',
  md: 'text/markdown',
  mjs: 'text/javascript',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  rss: 'application/rss+xml',
  svg: 'image/svg+xml',
  text: 'text/plain',
  txt: 'text/plain',
  wasm: 'application/wasm',
  webm: 'video/webm',
  webp: 'image/webp',
  xhtml: 'application/xhtml+xml',
  xml: 'text/xml',
  yaml: 'text/yaml',
  zip: 'application/zip',
}

/** Has the only method of `mime` that we use. */
const mediaTypes = {
  /** @param extension without its dot. @returns null for one that is not in the table. */
  getType(extension: string): string | null {
    const name = extension.toLowerCase()
    return Object.hasOwn(TYPES, name) ? (TYPES[name] ?? null) : null
  },
}

export default mediaTypes
