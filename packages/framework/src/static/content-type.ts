/**
 * The Content-Type of a file, by the extension of its name. Only text/* carries a charset: JSON has none (RFC 8259 §11),
 * and XML says it itself. `.gz` is a type, not a coding. Knows names only, never looks into files.
 */
import mime from 'mime'

export interface ContentTypes {
  /** Charset of text by the file's path below its root; UTF-8 where undefined. */
  readonly charsetOf: (path: string) => string | undefined
  /** Types by extension, lower case without the dot; before the built-in table. */
  readonly types: ReadonlyMap<string, string>
}

/** @param path below the root. Unknown extensions are bytes (RFC 9110 §8.3). */
export function contentTypeOf(path: string, { charsetOf, types }: ContentTypes): string {
  const extension = extensionOf(path)
  const type =
    types.get(extension) ?? (extension === '' ? undefined : mime.getType(extension)) ?? 'application/octet-stream'
  if (!type.startsWith('text/') || type.includes(';')) return type
  return `${type}; charset=${charsetOf(path) ?? 'utf-8'}`
}

/** Lower case, without the dot; `''` without an extension. A dot at the beginning of the name does not count. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase()
}
