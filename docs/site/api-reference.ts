/**
 * The API reference as Markdown pages in docs/api: TypeDoc reads the sources, one page per entry of a package. Here the
 * pages get the names of the entries: `framework/src/codecs.md` becomes `framework/codecs.md`, with every link to it.
 */
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export function renamePages(folder: string): void {
  for (const page of globSync('*/**/*.md', { cwd: folder })) {
    const text = readFileSync(join(folder, page), 'utf8')
    const target = nameOf(page)
    const linked = withoutNumbers(text).replace(
      /\]\(([^)#:]+\.md)/g,
      (_, link) => `](${linkFrom(target, nameOf(join(dirname(page), link)))}`,
    )
    writeFileSync(join(folder, page), linked)
    mkdirSync(dirname(join(folder, target)), { recursive: true })
    renameSync(join(folder, page), join(folder, target))
  }
  for (const empty of globSync('*/src', { cwd: folder })) rmSync(join(folder, empty), { recursive: true })
  const index = join(folder, 'index.md')
  writeFileSync(
    index,
    readFileSync(index, 'utf8').replace(
      /\[([\w/]+)\]\(([^)]+\.md)\)/g,
      (_, name, link) => `[${titleOf(name)}](${nameOf(link)})`,
    ),
  )
}

function nameOf(page: string): string {
  return page.replace(/\/src\.md$/, '/index.md').replace('/src/', '/')
}

function linkFrom(page: string, target: string): string {
  const link = relative(dirname(page), target)
  return link.startsWith('.') ? link : `./${link}`
}

/** `framework/src/codecs` is the entry `@tsgi/framework/codecs`. */
function titleOf(module: string): string {
  return `@tsgi/${module.replace(/\/src$/, '').replace('/src/', '/')}`
}

/** A name that is a type and a value has one heading on the page; TypeDoc links its second meaning as `#name-1`. */
function withoutNumbers(text: string): string {
  const headings = new Set(
    [...text.matchAll(/^#+ (?:\w+: )?(?:~~)?(\w+)/gm)].map(([, name = '']) => name.toLowerCase()),
  )
  return text.replace(/\(#(\w+)-\d+\)/g, (link, name) => (headings.has(name) ? `(#${name})` : link))
}
