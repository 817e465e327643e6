/**
 * What an operator can ask of one worker (`tsgi inspect|profile|heap`), and its check: it comes through a socket. Knows
 * values, and neither how a worker does it nor how its reply is carried.
 */

export type Examination =
  /** Opens its inspector on loopback, or closes it. */
  | { readonly kind: 'inspect'; readonly close: boolean }
  /** Records where its processor time goes. */
  | { readonly kind: 'profile'; readonly seconds: number }
  /** Writes all objects of its heap. Its event loop stands still meanwhile. */
  | { readonly kind: 'heap' }

export const MIN_PROFILE_SECONDS = 0.1
/** A worker keeps a sample per millisecond in memory until the end. */
export const MAX_PROFILE_SECONDS = 600

/** The examination, or `undefined` for any other value. */
export function readExamination(value: unknown): Examination | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  if (value.kind === 'heap') return { kind: 'heap' }
  if (value.kind === 'inspect') return { kind: 'inspect', close: 'close' in value && value.close === true }
  if (value.kind !== 'profile' || !('seconds' in value)) return undefined
  return isProfileTime(value.seconds) ? { kind: 'profile', seconds: value.seconds } : undefined
}

export function isProfileTime(seconds: unknown): seconds is number {
  return typeof seconds === 'number' && seconds >= MIN_PROFILE_SECONDS && seconds <= MAX_PROFILE_SECONDS
}
