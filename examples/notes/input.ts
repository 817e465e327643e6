/**
 * What is taken from clients, as schemas. The body of a note is one that a person may have typed: what does not fit is
 * given to the view with what was typed, so that the form can be shown again. Knows no routes and no pages.
 */
import { type FieldError, type Schema, ValidationError } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { z } from 'zod'

const LONGEST_TITLE = 200
const LONGEST_TEXT = 100_000

const NoteInput = z.object({
  title: z
    .string('Give the note a title')
    .trim()
    .min(1, 'Give the note a title')
    .max(LONGEST_TITLE, `A title has at most ${LONGEST_TITLE} characters`),
  text: z.string().max(LONGEST_TEXT, `A note has at most ${LONGEST_TEXT} characters`).default(''),
})

export type NoteInput = z.infer<typeof NoteInput>

/** Words to look for, and which page of what is found. */
export const ListQuery = z.object({
  q: z.string().trim().max(200).default(''),
  page: int.refine((page) => page >= 1 && page <= 1_000_000, 'expected a page, from 1').default(1),
})

export const NoteParams = z.object({ id: int })

/** The outcome of reading a note: it, or what is wrong with each field and what was typed into it. */
export type Checked =
  | { readonly isValid: true; readonly note: NoteInput }
  | { readonly isValid: false; readonly typed: NoteInput; readonly errors: readonly FieldError[] }

/** A schema that refuses nothing, for the `body` of a route. */
export const CheckedNote: Schema<unknown, Checked> = {
  '~standard': {
    version: 1,
    vendor: 'notes',
    validate: (value) => ({ value: check(value) }),
  },
}

/** A program gets the problem that the framework makes of it. */
export function invalid({ errors }: { readonly errors: readonly FieldError[] }): ValidationError {
  return new ValidationError(422, errors)
}

function check(value: unknown): Checked {
  const result = NoteInput.safeParse(value)
  if (result.success) return { isValid: true, note: { ...result.data, text: withPlainLines(result.data.text) } }
  const errors = result.error.issues.map(({ path, message }) => ({
    in: 'body' as const,
    path: path.map(String),
    message,
  }))
  return { isValid: false, typed: { title: textOf(value, 'title'), text: textOf(value, 'text') }, errors }
}

/** Forms send CR LF, programs LF. */
function withPlainLines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'object' || value === null || !(name in value)) return ''
  const typed: unknown = Reflect.get(value, name)
  return typeof typed === 'string' ? typed : ''
}
