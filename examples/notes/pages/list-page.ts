/** The page of all notes, or of those that were looked for. */
import { type Markup, markup } from '@tsgi/framework'
import type { Page } from '../answers.ts'
import { links } from '../links.ts'
import { type Listing, type Note, PAGE_SIZE } from '../store/notes.ts'
import { timeOf } from './time.ts'

export interface Asked {
  readonly q: string
  readonly page: number
}

export function listPage({ notes, total }: Listing, asked: Asked): Page {
  const title = asked.q === '' ? 'All notes' : `Search: ${asked.q}`
  return {
    title: asked.page > 1 ? `${title}, page ${asked.page}` : title,
    main: markup`<h1>${title}</h1>
<form class="search" role="search" action="${links.notes()}">
<label for="q">Search notes</label>
<input id="q" name="q" type="search" value="${asked.q}" maxlength="200">
<button>Search</button>
</form>
<p>${countOf(total, asked.q)}</p>
${notes.length > 0 && markup`<ul class="notes">${notes.map(item)}</ul>`}
${pagesOf(total, asked)}`,
  }
}

function countOf(total: number, q: string): Markup {
  const count = total === 1 ? '1 note' : `${total} notes`
  if (q !== '') return markup`${count} found. <a href="${links.notes()}">Show all</a>`
  return total === 0
    ? markup`There are no notes yet. <a href="${links.newNote()}">Write the first one</a>`
    : markup`${count}`
}

function item({ id, title, text, changed }: Note): Markup {
  return markup`<li><a href="${links.note({ id })}">${title}</a> ${timeOf(changed)}
${text !== '' && markup`<p>${excerpt(text)}</p>`}</li>`
}

function excerpt(text: string): string {
  const [line = ''] = text.trimStart().split('\n', 1)
  return line.length > 120 ? `${line.slice(0, 120).toWellFormed()}…` : line
}

function pagesOf(total: number, { q, page }: Asked): Markup | false {
  const last = Math.ceil(total / PAGE_SIZE)
  if (last <= 1) return false
  return markup`<nav class="pages" aria-label="Pages">
${page > 1 && markup`<a rel="prev" href="${links.notes(q, page - 1)}">Previous</a>`}
<span>Page ${page} of ${last}</span>
${page < last && markup`<a rel="next" href="${links.notes(q, page + 1)}">Next</a>`}
</nav>`
}
