/**
 * The clauses of SPEC.md as a table: whom each one binds and whether `validate()` can check it. The words are in
 * SPEC.md; a test holds the two together. Knows nothing of how a clause is checked.
 */

/** Who must keep a clause. A middleware is the server of what it wraps, and an application to what calls it. */
export type Party = 'application' | 'server'

export interface Clause {
  readonly binds: Party | 'both'
  /** `strict`: only with `validate(application, { strict: true })`. `never`: SPEC.md says why, or what shows it. */
  readonly checked: 'always' | 'strict' | 'never'
}

export const clauses = {
  // The application
  C1: { binds: 'server', checked: 'always' },
  C2: { binds: 'application', checked: 'always' },
  C3: { binds: 'application', checked: 'always' },
  C4: { binds: 'both', checked: 'never' },
  C5: { binds: 'server', checked: 'never' },
  // The environ
  C6: { binds: 'server', checked: 'always' },
  C7: { binds: 'server', checked: 'always' },
  C8: { binds: 'application', checked: 'always' },
  C9: { binds: 'server', checked: 'always' },
  C10: { binds: 'both', checked: 'always' },
  // CGI keys
  C11: { binds: 'server', checked: 'always' },
  C12: { binds: 'server', checked: 'always' },
  C13: { binds: 'server', checked: 'always' },
  C14: { binds: 'server', checked: 'always' },
  C15: { binds: 'server', checked: 'always' },
  C16: { binds: 'server', checked: 'always' },
  C17: { binds: 'server', checked: 'always' },
  C18: { binds: 'server', checked: 'always' },
  C19: { binds: 'server', checked: 'always' },
  C20: { binds: 'server', checked: 'always' },
  C21: { binds: 'server', checked: 'always' },
  C22: { binds: 'server', checked: 'never' },
  C23: { binds: 'server', checked: 'never' },
  C24: { binds: 'server', checked: 'always' },
  C25: { binds: 'server', checked: 'always' },
  C26: { binds: 'server', checked: 'always' },
  // wsgi. and tsgi. keys
  C27: { binds: 'server', checked: 'always' },
  C28: { binds: 'server', checked: 'always' },
  C29: { binds: 'server', checked: 'always' },
  C30: { binds: 'server', checked: 'always' },
  C31: { binds: 'server', checked: 'never' },
  C32: { binds: 'both', checked: 'always' },
  C33: { binds: 'both', checked: 'always' },
  C34: { binds: 'server', checked: 'always' },
  C35: { binds: 'server', checked: 'always' },
  // Input
  C36: { binds: 'server', checked: 'always' },
  C37: { binds: 'server', checked: 'always' },
  C38: { binds: 'server', checked: 'always' },
  C39: { binds: 'server', checked: 'always' },
  C40: { binds: 'server', checked: 'always' },
  C41: { binds: 'application', checked: 'always' },
  C42: { binds: 'application', checked: 'always' },
  C43: { binds: 'application', checked: 'always' },
  C44: { binds: 'server', checked: 'never' },
  // The errors stream
  C45: { binds: 'server', checked: 'always' },
  C46: { binds: 'application', checked: 'always' },
  // startResponse
  C47: { binds: 'application', checked: 'always' },
  C48: { binds: 'application', checked: 'always' },
  C49: { binds: 'application', checked: 'always' },
  C50: { binds: 'server', checked: 'never' },
  C51: { binds: 'server', checked: 'always' },
  C52: { binds: 'application', checked: 'always' },
  C53: { binds: 'server', checked: 'never' },
  C54: { binds: 'server', checked: 'always' },
  // Status and headers
  C55: { binds: 'application', checked: 'always' },
  C56: { binds: 'application', checked: 'always' },
  C57: { binds: 'application', checked: 'always' },
  C58: { binds: 'application', checked: 'always' },
  C59: { binds: 'application', checked: 'always' },
  C60: { binds: 'application', checked: 'always' },
  C61: { binds: 'application', checked: 'always' },
  C62: { binds: 'application', checked: 'always' },
  C63: { binds: 'application', checked: 'always' },
  C64: { binds: 'application', checked: 'strict' },
  C65: { binds: 'server', checked: 'never' },
  C66: { binds: 'server', checked: 'never' },
  // The body
  C67: { binds: 'application', checked: 'always' },
  C68: { binds: 'server', checked: 'never' },
  C69: { binds: 'application', checked: 'always' },
  C70: { binds: 'application', checked: 'always' },
  C71: { binds: 'application', checked: 'always' },
  C72: { binds: 'server', checked: 'never' },
  C73: { binds: 'server', checked: 'strict' },
  C74: { binds: 'server', checked: 'always' },
  C75: { binds: 'server', checked: 'strict' },
  C76: { binds: 'application', checked: 'always' },
  C77: { binds: 'server', checked: 'never' },
  // The end
  C78: { binds: 'server', checked: 'always' },
  C79: { binds: 'server', checked: 'always' },
  C80: { binds: 'server', checked: 'strict' },
  C81: { binds: 'server', checked: 'always' },
  C82: { binds: 'application', checked: 'always' },
  C83: { binds: 'server', checked: 'never' },
  // Server duties and middleware
  C84: { binds: 'server', checked: 'never' },
  C85: { binds: 'both', checked: 'never' },
  // Changing the protocol
  C86: { binds: 'both', checked: 'always' },
  C87: { binds: 'server', checked: 'never' },
  // The life of an application
  C88: { binds: 'application', checked: 'always' },
  C89: { binds: 'server', checked: 'never' },
  // The life of a process, and of a head
  C90: { binds: 'server', checked: 'always' },
  C91: { binds: 'both', checked: 'always' },
  // Trailers
  C92: { binds: 'server', checked: 'always' },
  C93: { binds: 'application', checked: 'always' },
  C94: { binds: 'server', checked: 'never' },
  // Limits
  C95: { binds: 'both', checked: 'always' },
  // WebSockets of a platform
  C96: { binds: 'both', checked: 'always' },
  C97: { binds: 'both', checked: 'always' },
} as const satisfies Record<string, Clause>

/** `'C1'` … `'C97'`. */
export type ClauseId = keyof typeof clauses
