/**
 * The same metrics as OpenMetrics 1.0 writes them: counters are named without `_total` where they are described, and the end is
 * marked. Knows the two formats, and no metric.
 */

/** Whether a scraper prefers it: Prometheus does, and names it first or with the higher `q`. */
export function wantsOpenMetrics(accept = ''): boolean {
  const quality = (type: string) => {
    const member = accept.split(',').find((each) => each.trim().toLowerCase().startsWith(type))
    return member === undefined ? 0 : Number(/;\s*q=([\d.]+)/.exec(member)?.[1] ?? 1)
  }
  const open = quality('application/openmetrics-text')
  return open > 0 && open >= quality('text/plain')
}

/** @param text of the exposition format 0.0.4. */
export function openMetrics(text: string): string {
  const counters = new Set(Array.from(text.matchAll(/^# TYPE (\S+)_total counter$/gm), ([, name]) => name))
  const lines = text.replace(/^# (HELP|TYPE) (\S+)_total /gm, (line, word, name) =>
    counters.has(name) ? `# ${word} ${name} ` : line,
  )
  return `${lines}# EOF\n`
}
