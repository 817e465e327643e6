/** The page of one note, with its attachments and what can be done to both. */
import { type Markup, markup } from '@tsgi/framework'
import type { Page } from '../answers.ts'
import { links } from '../links.ts'
import type { Attachment, Note } from '../store/notes.ts'
import { timeOf } from './time.ts'

/** @param problem what was wrong with the files that were sent. */
export function notePage(note: Note, attachments: readonly Attachment[], problem?: string): Page {
  return {
    title: problem === undefined ? note.title : `Error: ${note.title}`,
    main: markup`<h1>${note.title}</h1>
<p class="facts">Changed ${timeOf(note.changed)}</p>
<div class="text">${note.text}</div>
<p><a class="button" href="${links.editNote({ id: note.id })}">Edit</a></p>
<section aria-labelledby="attachments">
<h2 id="attachments">Attachments</h2>
${attachments.length === 0 ? markup`<p>None yet.</p>` : markup`<ul class="files">${attachments.map((each) => fileItem(note, each))}</ul>`}
${uploadForm(note, problem)}
</section>
<details class="danger">
<summary>Delete this note</summary>
<form method="post" action="${links.deleteNote({ id: note.id })}">
<p>The note and its attachments will be gone for good.</p>
<button>Delete for good</button>
</form>
</details>`,
  }
}

function fileItem(note: Note, { id, name, size }: Attachment): Markup {
  return markup`<li>
<a href="${links.attachment({ id: note.id, attachment: id })}">${name}</a> <span>${sizeOf(size)}</span>
<form method="post" action="${links.deleteAttachment({ id: note.id, attachment: id })}">
<button aria-label="Remove ${name}">Remove</button>
</form>
</li>`
}

function uploadForm(note: Note, problem: string | undefined): Markup {
  const marks = problem !== undefined && markup` aria-invalid="true" aria-describedby="files-error"`
  return markup`<form class="upload" method="post" enctype="multipart/form-data" action="${links.attachments({ id: note.id })}">
<label for="files">Add files</label>
${problem !== undefined && markup`<p class="error" id="files-error">${problem}</p>`}
<input id="files" name="files" type="file" multiple${marks}>
<button>Upload</button>
</form>`
}

function sizeOf(octets: number): string {
  if (octets < 1000) return octets === 1 ? '1 byte' : `${octets} bytes`
  return octets < 1_000_000 ? `${Math.round(octets / 1000)} kB` : `${(octets / 1_000_000).toFixed(1)} MB`
}
