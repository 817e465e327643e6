/** The time as NCSA logs write it. Always UTC, so that no line depends on the machine. Knows nothing else of a line. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** The second that was written last: most lines within a second begin alike. */
const lastSecond = { second: Number.NaN, text: '' }

/** `20/Nov/2026:17:03:09 +0000`. @param second since the epoch. */
export function clfTime(second: number): string {
  if (second !== lastSecond.second) {
    lastSecond.text = formatSecond(second)
    lastSecond.second = second
  }
  return lastSecond.text
}

function formatSecond(second: number): string {
  const at = new Date(second * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  return (
    `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:` +
    `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
  )
}
