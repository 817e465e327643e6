/**
 * Entity tags (RFC 9110 §8.8.3): the one a file gets, and the lists of them in conditions.
 *
 * A file's tag is strong: its size and its modification time in nanoseconds. Octets change only together with that time,
 * unless somebody sets the time back and keeps the size. The inode and ctime are left out, so that several
 * machines with the same files give the same tag.
 */

/** @param coding the content coding, if any: each coding is a representation of its own (RFC 9110 §8.8.3.3). */
export function entityTagOf(size: bigint, mtimeNs: bigint, coding?: string): string {
  const tag = `${size.toString(16)}-${mtimeNs.toString(16)}`
  return coding === undefined ? `"${tag}"` : `"${tag}-${coding}"`
}

/** Strong comparison (RFC 9110 §8.8.3.2) of a list, or `*`, with our tag: for If-Match. */
export function matchesStrongly(list: string, tag: string): boolean {
  return list.trim() === '*' || tagsIn(list).includes(tag)
}

/** Weak comparison, of what stands between the quotes: for If-None-Match. */
export function matchesWeakly(list: string, tag: string): boolean {
  return list.trim() === '*' || tagsIn(list).some((other) => opaque(other) === opaque(tag))
}

/** The tags of a list. What follows a fault in the list is not read: it cannot be told where the next tag begins. */
function tagsIn(list: string): string[] {
  const tags: string[] = []
  NEXT_TAG.lastIndex = 0
  for (let found = NEXT_TAG.exec(list); found !== null; found = NEXT_TAG.exec(list)) tags.push(found[1] ?? '')
  return tags
}

// Sticky, and no two neighbouring parts take the same character: linear. Empty list elements are allowed (RFC 9110 §5.6.1.2).
const NEXT_TAG = /[\t ,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")(?=[\t ]*(?:,|$))/y

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
