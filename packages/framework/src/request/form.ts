/**
 * A form, whichever way it was sent: its fields and its files, whole. A form too large for that is read by
 * `multipart()`, part by part.
 */
import type { Environ } from '@tsgi/contract'
import { type Fields, groupByName, parseFields } from '../http/fields.ts'
import { requireMediaType } from '../http/media-type.ts'
import type { MultipartLimits } from '../multipart/limits.ts'
import type { MultipartReader } from '../multipart/multipart-reader.ts'
import { takeFieldText } from '../multipart/part.ts'
import { type FileStore, keepInMemory, type UploadedFile } from '../multipart/uploaded-file.ts'

/** How a form is read: its limits, and where its files are kept. */
export interface FormOptions {
  /** For `multipart/form-data`. */
  readonly limits?: MultipartLimits | undefined
  /** Where files are kept. Default: in memory. */
  readonly store?: FileStore | undefined
}

/** A form that was sent: its fields and its files. */
export interface Form {
  /** By name; a list where a name came several times. No prototype. */
  readonly fields: Fields
  /** By name; a list where a name came several times. No prototype. Inputs in which no file was chosen are left out. */
  readonly files: Readonly<Record<string, UploadedFile | readonly UploadedFile[]>>
  /** Closes all files, before the end of the response does. */
  close(): Promise<void>
}

/** The two ways in which forms are sent (WHATWG HTML §4.10.22); `text/plain` cannot be read back. */
export interface FormBody {
  text(): Promise<string>
  parts(limits?: MultipartLimits): MultipartReader
}

/** @throws HttpError 415 for another type, 413 beyond a limit, 400 if it is malformed; InputError. */
export async function readForm(environ: Environ, body: FormBody, options: FormOptions): Promise<Form> {
  const { type } = requireMediaType(environ.CONTENT_TYPE, FORM_TYPES)
  if (type === MULTIPART) return await collectParts(body.parts(options.limits), environ, options.store ?? keepInMemory)
  return makeForm(parseFields(await body.text(), 413), [])
}

const MULTIPART = 'multipart/form-data'
const FORM_TYPES = ['application/x-www-form-urlencoded', MULTIPART]

/** Waits only for what has not arrived: a promise for each part would cost more than to read it. */
async function collectParts(parts: MultipartReader, environ: Environ, store: FileStore): Promise<Form> {
  const fields: [name: string, value: string][] = []
  const files: UploadedFile[] = []
  try {
    for (;;) {
      const next = parts.next()
      const part = next instanceof Promise ? await next : next
      if (part === undefined) return makeForm(groupByName(fields), files)
      if (part.kind === 'file') files.push(await store(part, environ))
      else fields.push([part.name, takeFieldText(part) ?? (await part.text())])
    }
  } catch (error) {
    await closeAll(files)
    throw error
  } finally {
    await parts.close()
  }
}

function makeForm(fields: Fields, files: readonly UploadedFile[]): Form {
  const chosen = files.filter(({ filename, size }) => filename !== '' || size > 0)
  return {
    fields,
    files: groupByName(chosen.map((file) => [file.field, file] as const)),
    close: () => closeAll(files),
  }
}

async function closeAll(files: readonly UploadedFile[]): Promise<void> {
  await Promise.all(files.map((file) => file.close()))
}
