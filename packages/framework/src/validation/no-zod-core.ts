/**
 * What stands in place of `zod/v4/core` where code may not be made at run time, as on Workers: no compiler. A schema then
 * runs as zod's own methods do it, and a bundle holds only what it imports of zod (package.json, `imports`).
 */

/** Absent. */
export const compile = undefined

/** Says that no code may be made. */
export const util = { allowsEval: { value: false } } as const

/** That of no zod. */
export const version = { major: 0, minor: 0 } as const
