/**
 * Mutated streams, for as long as one likes: `node test/fuzz/fuzz.ts --seconds 60 [--seed 1] [--cases 100000]`.
 * Each is played whole and cut, which must not differ, and to Node's own parser, which must not disagree.
 * Prints cases a second and the seed; a failure prints its own seed, and ends with exit code 1.
 */
import { parseArgs } from 'node:util'
import { fuzzCase, NodeSide } from './fuzz-case.ts'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string' }, seed: { type: 'string' }, cases: { type: 'string' } },
  })
  const first = Number(values.seed ?? Date.now() % 1_000_000_000)
  const seconds = Number(values.seconds ?? (values.cases === undefined ? 10 : Number.POSITIVE_INFINITY))
  const most = Number(values.cases ?? Number.POSITIVE_INFINITY)
  const start = performance.now()
  const node = new NodeSide()
  let cases = 0
  console.log(`seed ${first}`)
  while (cases < most && performance.now() - start < seconds * 1000) {
    const failure = await fuzzCase(first + cases, node)
    cases++
    if (failure !== undefined) {
      console.error(`case ${cases}, seed ${first + cases - 1}: ${failure}`)
      process.exitCode = 1
      break
    }
  }
  node.close()
  const spent = (performance.now() - start) / 1000
  console.log(`${cases} cases in ${spent.toFixed(1)} s, ${Math.round(cases / spent)} cases/s, seed ${first}`)
}

await main()
