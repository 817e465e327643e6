/**
 * How time grows with the size of an input, for tests that something is linear. A ratio of two sizes says that on any
 * machine; a bound in milliseconds would not. It is the processor's time of this thread, so what else the machine does
 * hardly counts; and of the best of a few attempts: what is quadratic is so every time.
 */

/** Time at `factor` times the size, over that at the size itself. Linear: near `factor`; quadratic: near its square. */
export async function growth(make: (size: number) => () => unknown, size: number, factor: number): Promise<number> {
  const [small, large] = [make(size), make(size * factor)]
  await timeOf(large, 1) // compiled, before it counts
  let rounds = 1
  let before = await timeOf(small, rounds * factor)
  while (before < ENOUGH) {
    rounds *= before < ENOUGH / 8 ? 8 : 2
    before = await timeOf(small, rounds * factor)
  }
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 4 && least > 2; attempt++) {
    if (attempt > 0) before = await timeOf(small, rounds * factor)
    least = Math.min(least, (await timeOf(large, rounds)) / before)
  }
  return least * factor
}

/** Milliseconds. The kernel counts in ticks of some, so that less says little. */
const ENOUGH = 20

async function timeOf(run: () => unknown, times: number): Promise<number> {
  const start = process.threadCpuUsage()
  for (let i = 0; i < times; i++) await run()
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / 1000
}
