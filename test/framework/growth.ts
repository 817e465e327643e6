/**
 * How time grows with the size of an input, for tests that something is linear. A ratio of two sizes says that on any
 * machine; a bound in milliseconds would not. What else the machine does can only make it worse, so the best of several
 * attempts counts: what is quadratic is so every time.
 */

/** Time at `factor` times the size, over that at the size itself. Linear: near `factor`; quadratic: near its square. */
export async function growth(make: (size: number) => () => unknown, size: number, factor: number): Promise<number> {
  const [small, large] = [make(size), make(size * factor)]
  await best(small, 3) // compiled, before it counts
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 6 && least > 2 * factor; attempt++) {
    const before = await best(small, 3)
    least = Math.min(least, (await best(large, 2)) / before)
  }
  return least
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
