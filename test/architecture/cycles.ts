/** Import cycles: chains of imports, types included, that come back to where they began. */
import type { SourceFile } from './source-tree.ts'

/** Each cycle once, as `a → b → a`. */
export function findCycles(sources: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, chain: readonly string[]): void => {
    const at = chain.indexOf(path)
    if (at !== -1) cycles.push([...chain.slice(at), path].join(' → '))
    if (at !== -1 || done.has(path)) return
    for (const { target } of byPath.get(path)?.imports ?? []) visit(target, [...chain, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return cycles
}
