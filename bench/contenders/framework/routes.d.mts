export function paths(wildcard: string): string[]
