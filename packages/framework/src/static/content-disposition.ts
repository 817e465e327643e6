/**
 * Content-Disposition for a download (RFC 6266): the name in ASCII for everyone, and exactly, as UTF-8, for those who
 * know RFC 8187. Writes only.
 */

/** @param name a file name; of a path, the last part. Control characters are left out. */
export function attachment(name: string): string {
  const exact = name
    .toWellFormed()
    .replace(/^.*[/\\]/s, '')
    .replace(/[\x00-\x1f\x7f-\x9f]/g, '')
  if (exact === '') return 'attachment'
  // `%` too: some clients decode what stands in the quotes (RFC 6266 Appendix D).
  const plain = exact.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  const quoted = `attachment; filename="${plain}"`
  return plain === exact ? quoted : `${quoted}; filename*=UTF-8''${extendedValue(exact)}`
}

/** encodeURIComponent leaves `'()*` alone, which are no attr-char (RFC 8187 §3.2.1). */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
