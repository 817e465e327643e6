/** Where we run: asked once for each application, and only for defaults that an option can set. */

/** `NODE_ENV` is `production`. Where there is no such thing, as on Workers, it is not. */
export function isProduction(): boolean {
  return typeof process !== 'undefined' && process.env.NODE_ENV === 'production'
}

/** `NODE_ENV` is `development`: what shows the inside of an application has to be asked for. */
export function isDevelopment(): boolean {
  return typeof process !== 'undefined' && process.env.NODE_ENV === 'development'
}
