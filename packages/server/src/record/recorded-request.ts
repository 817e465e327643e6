/** One request and its response as a file holds them: JSON, version 1. Knows the shape; who writes and who reads it, is others'. */

export interface RecordedBody {
  readonly encoding: 'utf8' | 'base64'
  readonly data: string
  /** Bytes of the whole body; more than the data where it was too long to keep. */
  readonly size: number
}

export interface RecordedRequest {
  readonly version: 1
  /** When it began, in ISO 8601. */
  readonly time: string
  readonly durationMs: number
  readonly why: 'error' | 'slow' | 'all'
  /** CGI variables and headers. */
  readonly environ: Readonly<Record<string, string>>
  readonly body: RecordedBody
  readonly response: {
    /** `500 Internal Server Error`; empty where the application failed before it said one. */
    readonly status: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body: RecordedBody
    /** Why it was cut short, or failed. */
    readonly failure?: string
  }
  readonly log: string
}

export function bodyOf(bytes: Buffer, size: number): RecordedBody {
  const text = bytes.toString('utf8')
  if (Buffer.from(text).equals(bytes)) return { encoding: 'utf8', data: text, size }
  return { encoding: 'base64', data: bytes.toString('base64'), size }
}

/** @returns `undefined` for what is no such file. */
export function readRecordedRequest(text: string): RecordedRequest | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecorded(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecorded(value: unknown): value is RecordedRequest {
  const { version, environ, body, response }: Partial<Record<keyof RecordedRequest, unknown>> = Object(value)
  const { status, headers, body: sent }: { status?: unknown; headers?: unknown; body?: unknown } = Object(response)
  const hasTexts = Object.values(Object(environ)).every((text) => typeof text === 'string')
  return (
    version === 1 && hasTexts && isBody(body) && isBody(sent) && typeof status === 'string' && Array.isArray(headers)
  )
}

function isBody(value: unknown): value is RecordedBody {
  const { encoding, data, size }: Partial<Record<keyof RecordedBody, unknown>> = Object(value)
  return (encoding === 'utf8' || encoding === 'base64') && typeof data === 'string' && typeof size === 'number'
}
