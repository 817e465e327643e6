import { first, markup, type Request, redirect } from '@tsgi/framework'
import { z } from 'zod'
import { page } from './page.ts'

/** What a form must have: the view runs only for a form that fits, and `body` has this type. */
export const NewEntry = z.object({
  name: z.string().trim().min(1, 'Enter your name').max(40, 'Your name may have 40 characters'),
  message: z.string().trim().min(1, 'Enter a message').max(500, 'A message may have 500 characters'),
})

type Entry = z.infer<typeof NewEntry>

// In memory: each worker has its own list, and a restart empties it. A database comes here.
const entries: Entry[] = []

export function showBook(given: Partial<Entry> = {}, errors: readonly string[] = []) {
  return page(
    'Guest book',
    markup`<ul>${entries.map(({ name, message }) => markup`<li><b>${name}</b>: ${message}</li>`)}</ul>
      ${errors.map((error) => markup`<p role="alert">${error}</p>`)}
      <form method="post">
        <label>Name <input name="name" value="${given.name ?? ''}" autocomplete="name"></label>
        <label>Message <textarea name="message">${given.message ?? ''}</textarea></label>
        <button>Sign</button>
      </form>`,
  )
}

/** Shows the form again, with what was typed and what is wrong with it. The status is that of the error, 422. */
export async function showAgain(
  { errors }: { readonly errors: readonly { readonly message: string }[] },
  request: Request,
) {
  const { fields } = await request.form()
  const given = { name: first(fields.name) ?? '', message: first(fields.message) ?? '' }
  return showBook(
    given,
    errors.map(({ message }) => message),
  )
}

export function sign(entry: Entry) {
  entries.unshift(entry)
  return redirect('/', 303)
}
