/** The page of an error: what a person can do about it, and never what went wrong inside. */
import { type HttpError, markup } from '@tsgi/framework'
import type { Page } from '../answers.ts'
import { links } from '../links.ts'

/** @param requestId by which an operator finds an unexpected error in the log. */
export function errorPage({ status, message }: HttpError, requestId: string | undefined): Page {
  const { title, advice } = KNOWN[status] ?? { title: `${status} ${message}`, advice: message }
  return {
    title,
    main: markup`<h1>${title}</h1>
<p>${advice}</p>
${status >= 500 && requestId !== undefined && markup`<p>If you ask for help, name the request <code>${requestId}</code>.</p>`}
<p><a href="${links.notes()}">Go to all notes</a></p>`,
  }
}

const KNOWN: Readonly<Record<number, { readonly title: string; readonly advice: string }>> = {
  404: { title: 'Page not found', advice: 'There is nothing here. It may have been deleted.' },
  413: { title: 'Too large', advice: 'What you sent is larger than is taken here: 20 MB for a file, 50 MB in all.' },
  500: {
    title: 'Something went wrong',
    advice: 'It is not your fault. It has been noted; try again, or come back later.',
  },
}
