/**
 * A form and the card that it makes. One schema checks both: what was typed, and the address of the card, which holds all of it,
 * so that no worker has to remember anything.
 */
import { first, type Markup, markup, type Request } from '@tsgi/framework'
import { z } from 'zod'
import { page } from './page.ts'

const FIRST_YEAR = 1900
const LAST_YEAR = 2100

export const Card = z.object({
  name: z.string().trim().min(1, 'Enter a name').max(60, 'A name may have 60 characters'),
  year: z
    .string()
    .trim()
    .regex(/^\d{4}$/, 'Enter a year of four digits')
    .refine((year) => Number(year) >= FIRST_YEAR && Number(year) <= LAST_YEAR, 'Enter a year from 1900 to 2100'),
  wish: z.string().trim().max(200, 'A wish may have 200 characters').default(''),
})

type Card = z.infer<typeof Card>

interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

export function showForm(given: Partial<Card> = {}, problems: readonly Problem[] = []): Markup {
  const field = (name: keyof Card, label: string, extra: Markup) => {
    const wrong = problems.find(({ path }) => path.at(-1) === name)?.message
    const state = wrong === undefined ? '' : markup` aria-invalid="true" aria-describedby="${name}-error"`
    return markup`<p><label for="${name}">${label}</label>
        <input id="${name}" name="${name}" value="${given[name] ?? ''}"${state} ${extra}>
        ${wrong === undefined ? '' : markup`<span class="error" id="${name}-error">${wrong}</span>`}</p>`
  }
  return page(
    '/congratulate',
    'Congratulate',
    markup`
      <p>The browser checks nothing here: send it empty, and see what the server says.</p>
      ${problems.length > 0 ? markup`<p class="error" role="alert">Please correct the form.</p>` : ''}
      <form method="post" novalidate>
        ${field('name', 'Who graduates?', markup`autocomplete="name"`)}
        ${field('year', 'In which year?', markup`inputmode="numeric"`)}
        ${field('wish', 'Your wish', markup`autocomplete="off"`)}
        <button type="submit">Make a card</button>
      </form>`,
  )
}

/** The form again, with what was typed. It is sent with the status of the error. */
export async function showAgain(
  { errors }: { readonly errors: readonly Problem[] },
  request: Request,
): Promise<Markup> {
  const { fields } = await request.form()
  return showForm(
    { name: first(fields.name) ?? '', year: first(fields.year) ?? '', wish: first(fields.wish) ?? '' },
    errors,
  )
}

export function linkTo(card: Card): string {
  return `/card?${new URLSearchParams({ ...card })}`
}

export function showCard({ name, year, wish }: Card): Markup {
  return page(
    '',
    `Congratulations, ${name}!`,
    markup`
      <p class="card"><strong>Class of ${year}</strong> ${wish}</p>
      <p>The address of this page is the card: send it to whom you like. <a href="/congratulate">Make another one.</a></p>`,
  )
}
