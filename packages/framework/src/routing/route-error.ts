/** What is wrong with a route list, all of it at once: for the developer, at construction. */
export class RouteError extends Error {
  override readonly name = 'RouteError'
  /** One line each: which entries, what is wrong, the way out. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      problems.length === 1
        ? (problems[0] ?? '')
        : `${problems.length} problems in the route list\n${listOf(problems)}`,
    )
    this.problems = problems
  }
}

const SHOWN = 20

function listOf(problems: readonly string[]): string {
  const lines = problems.slice(0, SHOWN).map((problem) => `  ${problem}`)
  if (problems.length > SHOWN) lines.push(`  … and ${problems.length - SHOWN} more`)
  return lines.join('\n')
}
