/** What is taken from clients, as schemas; their messages are for persons. Knows no routes and no pages. */
import { int } from '@tsgi/framework/codecs'
import { z } from 'zod'

const LONGEST_TITLE = 200
const LONGEST_TEXT = 100_000

export const NoteInput = z.object({
  title: z
    .string('Give the note a title')
    .trim()
    .min(1, 'Give the note a title')
    .max(LONGEST_TITLE, `A title has at most ${LONGEST_TITLE} characters`),
  text: z
    .string()
    .max(LONGEST_TEXT, `A note has at most ${LONGEST_TEXT} characters`)
    .transform(withPlainLines)
    .default(''),
})

export type NoteInput = z.infer<typeof NoteInput>

/** Words to look for, and which page of what is found. */
export const ListQuery = z.object({
  q: z.string().trim().max(200).default(''),
  page: int.refine((page) => page >= 1 && page <= 1_000_000, 'expected a page, from 1').default(1),
})

export const NoteParams = z.object({ id: int })

/** Forms send CR LF, programs LF. */
function withPlainLines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
