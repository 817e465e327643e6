/**
 * What an error of the file system means to a client. Anything not named here is unexpected, and goes up as it is.
 */

/**
 * - `absent`: no such file can be reached; which of the reasons it is, is not told (404);
 * - `denied`: the same to the client, but the operator should hear of it;
 * - `exhausted`: this process or machine is out of descriptors or memory for the moment (503);
 * - `unexpected`: everything else.
 */
export type FileFault = 'absent' | 'denied' | 'exhausted' | 'unexpected'

export function faultOf(error: unknown): FileFault {
  return FAULTS.get(errorCode(error) ?? '') ?? 'unexpected'
}

/** `'ENOENT'` and the like. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const FAULTS: ReadonlyMap<string, FileFault> = new Map([
  ['ENOENT', 'absent'],
  ['ENOTDIR', 'absent'],
  ['EISDIR', 'absent'],
  ['ENAMETOOLONG', 'absent'],
  ['ELOOP', 'absent'],
  ['EILSEQ', 'absent'],
  ['EINVAL', 'absent'],
  // A socket, and a device without a driver.
  ['ENXIO', 'absent'],
  ['ENODEV', 'absent'],
  ['EACCES', 'denied'],
  ['EPERM', 'denied'],
  ['EMFILE', 'exhausted'],
  ['ENFILE', 'exhausted'],
  ['ENOMEM', 'exhausted'],
])
