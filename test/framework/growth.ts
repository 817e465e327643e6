/**
 * How time grows with the size of an input, for tests that something is linear. A ratio of two sizes, each the best of
 * several runs, says that on any machine, busy or slow; a bound in milliseconds would not.
 */

/** Time at `factor` times the size, over that at the size itself. Linear: near `factor`; quadratic: near its square. */
export async function growth(make: (size: number) => () => unknown, size: number, factor: number): Promise<number> {
  const [small, large] = [make(size), make(size * factor)]
  await best(small, 2) // compiled, before it counts
  return (await best(large, 3)) / (await best(small, 5))
}

async function best(run: () => unknown, times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    await run()
    least = Math.min(least, performance.now() - start)
  }
  return Math.max(least, 0.05) // below that a clock says little
}
