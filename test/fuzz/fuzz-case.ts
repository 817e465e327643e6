/** One case of the fuzzer: a stream from a seed, and everything that must hold for it. */
import { readdirSync, readFileSync } from 'node:fs'
import { octetByOctet } from '../wire/replay.ts'
import { readResponses } from '../wire/responses.ts'
import { disagreement, NodeSide, playToOurs } from './differential.ts'
import { generateRow } from './generate.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'

export { NodeSide }

/** @returns what went wrong with the stream of this seed; `undefined` when nothing did. */
export async function fuzzCase(seed: number, node: NodeSide): Promise<string | undefined> {
  const random = new Random(seed)
  const octets = Buffer.from(mutate(random, stream(random)), 'latin1')
  const show = () => JSON.stringify(octets.toString('latin1'))
  const whole = await playToOurs([octets])
  const cut = await playToOurs(random.chance(20) ? octetByOctet(octets) : cutAnyhow(random, octets))
  if (JSON.stringify(whole) !== JSON.stringify(cut)) {
    return `the cut changes the outcome of ${show()}\n${JSON.stringify(whole)}\n${JSON.stringify(cut)}`
  }
  try {
    readResponses(
      whole.sent,
      (index) => whole.asked[index]?.method === 'HEAD' || octets.toString('latin1').includes('HEAD'),
    )
  } catch (error) {
    if (!octets.includes('HEAD')) return `the answer to ${show()} is not HTTP: ${String(error)}`
  }
  const different = disagreement(whole, await node.play(octets))
  return different === undefined ? undefined : `${different}\nfor ${show()}`
}

function stream(random: Random): string {
  if (random.chance(70))
    return generateRow(random)
      .map(({ octets }) => octets)
      .join('')
  return `${random.pick(seeds())}${
    random.chance(50)
      ? generateRow(random, 2)
          .map(({ octets }) => octets)
          .join('')
      : ''
  }`
}

let corpusStreams: readonly string[] | undefined

/** The streams of the wire corpus; the short ones are seeds. */
export function wireCorpus(): readonly string[] {
  corpusStreams ??= ['valid', 'invalid'].flatMap((folder) => {
    const directory = new URL(`../wire/${folder}/`, import.meta.url)
    const files = readdirSync(directory).filter((file) => file.endsWith('.http'))
    return files.map((file) => readFileSync(new URL(file, directory), 'latin1'))
  })
  return corpusStreams
}

function seeds(): readonly string[] {
  return wireCorpus().filter((octets) => octets.length < 1000)
}

export function cutAnyhow(random: Random, octets: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < octets.length; ) {
    const size = 1 + random.below(random.chance(50) ? 8 : 200)
    pieces.push(octets.subarray(at, at + size))
    at += size
  }
  return pieces
}
