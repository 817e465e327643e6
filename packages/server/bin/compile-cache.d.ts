/** What the tests of compile-cache.js see of it. */
export function keepCompiled(): void
export function compileCacheFolder(env: NodeJS.ProcessEnv, user: number | undefined): string | undefined
