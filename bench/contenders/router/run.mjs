// `node run.mjs ROUTER SET`: builds, checks each answer, measures, prints JSON.
import { routers } from './routers.mjs'
import { sets } from './sets.mjs'

const [, , name, set] = process.argv
const { routes, requests } = sets[set]()
const began = process.cpuUsage()
const { match, answer } = routers[name](routes)
const { user: building, system: waiting } = process.cpuUsage(began)
const first = requests.map(({ method, path }) => answer(match(method, path)))
// The sets that come with requests do not say which route they mean.
const wrong = requests.filter(({ value }, i) =>
  value === undefined ? first[i] === undefined : first[i] !== value,
).length

const samples = []
let found = 0
const repeats = Math.max(1, Math.round(50_000 / requests.length))
for (let round = 0; round < 60; round++) {
  const before = process.cpuUsage()
  for (let i = 0; i < repeats; i++)
    for (const { method, path } of requests) if (match(method, path) !== undefined) found++
  const { user, system } = process.cpuUsage(before)
  samples.push(((user + system) * 1000) / (repeats * requests.length))
  if (samples.length > 10 && samples.reduce((sum, ns) => sum + ns, 0) * repeats * requests.length > 3e9) break
}
const settled = samples.slice(Math.floor(samples.length / 3)).sort((a, b) => a - b)
console.log(
  JSON.stringify({
    ns: settled[settled.length >> 1],
    construction: (building + waiting) / 1000,
    wrong,
    requests: requests.length,
    found: found > 0,
  }),
)
