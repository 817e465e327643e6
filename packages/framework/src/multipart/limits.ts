/** How much a multipart body may be. Every limit has a default, and none of them is endless. Only data. */

export interface MultipartLimits {
  /** Bytes of the whole body, framing included. Default: the application's `bodyLimit`. */
  readonly total?: number | undefined
  /** Parts of either kind. Default 1000. */
  readonly parts?: number | undefined
  /** Parts that are files. Default 100. */
  readonly files?: number | undefined
  /** Bytes of one file. Default: as much as `total` leaves. */
  readonly fileSize?: number | undefined
  /** Bytes of all fields together, as they are kept in memory. Default 1 MiB. */
  readonly fieldsSize?: number | undefined
  /** Bytes of the head of one part. Default 8 KiB. */
  readonly headSize?: number | undefined
  /** Headers of one part. Default 16. */
  readonly headers?: number | undefined
  /** Bytes of a name, and of a file name. Default 1 KiB. */
  readonly nameSize?: number | undefined
}

/** Every limit, decided. */
export type DecidedLimits = { readonly [Limit in keyof MultipartLimits]-?: number }

/** @param bodyLimit the total where none was given. @throws RangeError for what is no number of bytes or things. */
export function decideLimits(given: MultipartLimits, bodyLimit: number): DecidedLimits {
  const total = given.total ?? bodyLimit
  const limits: DecidedLimits = {
    total,
    parts: given.parts ?? 1000,
    files: given.files ?? 100,
    fileSize: given.fileSize ?? total,
    fieldsSize: given.fieldsSize ?? 2 ** 20,
    headSize: given.headSize ?? 8 * 2 ** 10,
    headers: given.headers ?? 16,
    nameSize: given.nameSize ?? 2 ** 10,
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (!(limit >= 0)) throw new RangeError(`multipart: the limit ${name} is ${limit}; it must be a number from 0`)
  }
  return limits
}
