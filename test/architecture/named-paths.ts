/** The paths that a Markdown page names, in its links, its text and its commands. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const FOLDERS = 'packages|examples|docs|test|bench|\\.ci'

/** One line for each path that is named in `page` and does not exist below `root`. */
export function findMissingPaths(root: string, page: string, text: string): readonly string[] {
  const named = new Set([...linksOf(text).map((link) => join(dirname(page), link)), ...mentionsOf(text)])
  return [...named]
    .filter((path) => !existsSync(join(root, path)))
    .map((path) => `${page} names ${path}, which does not exist`)
}

/** Targets of links that lead to a file. */
export function linksOf(text: string): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target.replace(/#.*$/, ''))
  return targets.filter((target) => target !== '' && !/^[a-z][a-z+.-]*:/i.test(target))
}

/** Paths in the text that begin with one of our folders: `examples/environ/app.ts:application` names the file. */
export function mentionsOf(text: string): readonly string[] {
  const pattern = new RegExp(`(?<![\\w./@-])(?:${FOLDERS})/[\\w./-]*\\w`, 'g')
  return [...text.matchAll(pattern)].map(([path]) => path)
}
