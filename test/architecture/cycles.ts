/** Import cycles, types included: chains of files, and chains of folders, that come back to where they began. */
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

/** Each cycle of the folders right below `root`, as `a → b → a`. Files at `root` itself belong to no folder. */
export function findFolderCycles(sources: readonly SourceFile[], root: string): readonly string[] {
  const folders = new Map<string, Set<string>>()
  for (const { path, imports } of sources) {
    const from = folderOf(path, root)
    if (from === undefined) continue
    const targets = folders.get(from) ?? new Set()
    folders.set(from, targets)
    for (const { target } of imports) {
      const to = folderOf(target, root)
      if (to !== undefined && to !== from) targets.add(to)
    }
  }
  const asFiles = [...folders].map(([path, targets]) => ({
    path,
    text: '',
    imports: [...targets].map((target) => ({ specifier: target, target, isType: false })),
  }))
  return findCycles(asFiles)
}

function folderOf(path: string, root: string): string | undefined {
  if (!path.startsWith(root)) return undefined
  const rest = path.slice(root.length)
  const end = rest.indexOf('/')
  return end === -1 ? undefined : rest.slice(0, end)
}
