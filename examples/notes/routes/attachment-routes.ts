/** The routes of attachments: upload, download, remove. Files go from the socket to the disk as they come, and back. */
import { del, file, get, json, notFound, post, type Request, Response, unprocessable } from '@tsgi/framework'
import { uuid } from '@tsgi/framework/codecs'
import { formFor, pageResponse, seeNext, VARY } from '../answers.ts'
import type { Flash } from '../flash.ts'
import { NoteParams } from '../input.ts'
import { links } from '../links.ts'
import { notePage } from '../pages/note-page.ts'
import type { SavedFile } from '../store/attachment-files.ts'
import type { Attachment } from '../store/notes.ts'
import type { Store } from '../store/store.ts'
import { attachmentJson } from './json-forms.ts'

/** Octets. */
const LIMITS = { total: 50e6, fileSize: 20e6, files: 10, parts: 20 }

const AttachmentParams = NoteParams.extend({ attachment: uuid })

const NO_FILE = 'Choose at least one file'

type Named = SavedFile & Pick<Attachment, 'name'>

export function attachmentRoutes({ notes, files }: Store, flash: Flash) {
  /** What has come in whole is given to `keep`; of anything that fails nothing is left. */
  async function receive<Kept>(request: Pick<Request, 'multipart'>, keep: (saved: readonly Named[]) => Kept) {
    const saved: Named[] = []
    try {
      for await (const part of request.multipart(LIMITS)) {
        const { filename = '' } = part
        // An input in which no file was chosen sends one without a name.
        if (filename !== '') saved.push({ ...(await files.save(part)), name: filename })
      }
      return keep(saved)
    } catch (error) {
      await files.remove(saved)
      throw error
    }
  }

  async function remove(request: Pick<Request, 'accepts' | 'environ' | 'cookies'>, id: number, attachment: string) {
    if (!notes.detach(id, attachment)) notFound()
    await files.remove([{ id: attachment }])
    if (formFor(request) === 'json') return new Response('', 204)
    return seeNext(request, flash, links.note({ id }), 'The attachment was removed.')
  }

  return [
    post(links.attachments.pattern, { params: NoteParams }, async (request) => {
      const { id } = request.params
      const note = notes.find(id) ?? notFound()
      // The note may be deleted while the files come.
      const kept = await receive(request, (saved) =>
        saved.length === 0 ? [] : (notes.attach(id, saved) ?? notFound()),
      )
      const isJson = formFor(request) === 'json'
      if (kept.length === 0) {
        return isJson ? unprocessable(NO_FILE) : pageResponse(notePage(note, notes.attachments(id), NO_FILE), 422)
      }
      if (isJson) return json({ attachments: kept.map((each) => attachmentJson(id, each)) }, 201, [VARY])
      const message = kept.length === 1 ? 'The file was added.' : `${kept.length} files were added.`
      return seeNext(request, flash, links.note({ id }), message)
    }),

    // Always offered for saving, and without the type that its sender claims: nothing of a stranger's runs in our pages.
    get(links.attachment.pattern, { params: AttachmentParams }, ({ params }) => {
      const { id, name } = notes.attachment(params.id, params.attachment) ?? notFound()
      return file(id, { root: files.folder, download: name, cacheControl: 'private, no-cache' })
    }),

    del(links.attachment.pattern, { params: AttachmentParams }, (request) =>
      remove(request, request.params.id, request.params.attachment),
    ),
    post(links.deleteAttachment.pattern, { params: AttachmentParams }, (request) =>
      remove(request, request.params.id, request.params.attachment),
    ),
  ] as const
}
