/**
 * The one page of the site.
 */
export function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><head><title>${title}</title><link rel="stylesheet" href="/public/site.css"></head><body><h1>${title}</h1>${content}</body></html>\n`
}
