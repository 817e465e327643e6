/** Keeps compiled modules from now on, where that is safe; an operator who has decided already is not overruled. */
export declare function keepCompiled(): void
/** The folder for them, made where it is missing; `undefined` where anybody but `user` and root could change it. */
export declare function compileCacheFolder(env: NodeJS.ProcessEnv, user: number | undefined): string | undefined
