/**
 * The mode of the process, `NODE_ENV`: read once for each application, and only for defaults that an option can set. Knows no
 * type of Node's, because the core also runs without Node.
 */

interface WithProcess {
  readonly process?: { readonly env: Readonly<Record<string, string | undefined>> }
}

/** `NODE_ENV` is `production`. False on a runtime without variables, such as Workers. */
export function isProduction(): boolean {
  return mode() === 'production'
}

/** `NODE_ENV` is `development`. False by default: showing the inside of an application has to be asked for. */
export function isDevelopment(): boolean {
  return mode() === 'development'
}

function mode(): string | undefined {
  try {
    return (globalThis as WithProcess).process?.env.NODE_ENV
  } catch {
    return undefined // Deno without --allow-env
  }
}
