/** The boundary of a multipart/form-data body (RFC 2046 §5.1.1, RFC 7578 §4.1). Knows only the Content-Type. */
import { HttpError } from '../http/http-error.ts'
import { requireMediaType } from '../http/media-type.ts'

/** @throws HttpError 415 for another type, 400 without a boundary or with one that cannot be. */
export function boundaryOf(contentType: string | undefined): string {
  const { boundary = '' } = requireMediaType(contentType, ['multipart/form-data']).parameters
  if (!BOUNDARY.test(boundary)) throw new HttpError(400, 'The form has no valid boundary')
  return boundary
}

// 0*69<bchars> bcharsnospace
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/
