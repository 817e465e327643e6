/** The form in which a note is written: empty, with the note that is there, or with what was typed and what is wrong. */
import { type FieldError, type Markup, markup } from '@tsgi/framework'
import type { Page } from '../answers.ts'
import type { NoteInput } from '../input.ts'

export interface NoteForm {
  readonly title: string
  readonly action: string
  /** Where who gives up goes. */
  readonly back: string
  readonly typed: NoteInput
  readonly errors?: readonly FieldError[]
}

export function formPage({ title, action, back, typed, errors = [] }: NoteForm): Page {
  return {
    title: errors.length > 0 ? `Error: ${title}` : title,
    // Ours are better than the browser's: they say what to do, and stay until it is done.
    main: markup`<h1>${title}</h1>
<form class="note" method="post" action="${action}" novalidate>
${errors.length > 0 && summary(errors)}
${field('title', 'Title', errors, (marks) => markup`<input id="title" name="title" value="${typed.title}"${marks} required autocomplete="off">`)}
${field(
  'text',
  'Text',
  errors,
  (marks) => markup`<textarea id="text" name="text" rows="12"${marks}>
${typed.text}</textarea>`,
)}
<p class="actions"><button>Save</button> <a href="${back}">Cancel</a></p>
</form>`,
  }
}

/** What is wrong, first of all and in one place, each entry leading to its field. */
function summary(errors: readonly FieldError[]): Markup {
  return markup`<div class="error summary" role="alert">
<p>The note is not saved yet:</p>
<ul>${errors.map(({ path, message }) => markup`<li><a href="#${path[0] ?? 'title'}">${message}</a></li>`)}</ul>
</div>`
}

/** A label, what is wrong beside it, and the control, which names what is wrong as its description. */
function field(
  name: keyof NoteInput,
  label: string,
  errors: readonly FieldError[],
  control: (marks: Markup | false) => Markup,
): Markup {
  const error = errors.find(({ path }) => path[0] === name)
  const marks = error !== undefined && markup` aria-invalid="true" aria-describedby="${name}-error"`
  return markup`<p class="field"><label for="${name}">${label}</label>
${error !== undefined && markup`<span class="error" id="${name}-error">${error.message}</span>`}
${control(marks)}</p>`
}
