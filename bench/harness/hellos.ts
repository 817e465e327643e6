/**
 * Hellos at a fixed rate on one connection, however long the answers take (open loop): `node hellos.ts PORT SECONDS`. Each is timed from
 * when it was due, so a client that is held up is not forgiven. Prints p50, p99 and the maximum in milliseconds.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const INTERVAL_MS = 5
const ANSWER = 'Hello, world!'
const [, , port = '', seconds = ''] = process.argv

const socket = connect(Number(port), '127.0.0.1')
await once(socket, 'connect')
socket.setNoDelay(true)
const due: number[] = []
const taken: number[] = []
let text = ''
socket.setEncoding('latin1').on('data', (piece) => {
  text += piece
  for (let at = text.indexOf(ANSWER); at >= 0; at = text.indexOf(ANSWER)) {
    text = text.slice(at + ANSWER.length)
    taken.push(performance.now() - (due.shift() ?? 0))
  }
})
const started = performance.now()
for (let i = 0; i < (Number(seconds) * 1000) / INTERVAL_MS; i++) {
  const at = started + i * INTERVAL_MS
  if (at > performance.now()) await sleep(at - performance.now())
  due.push(Math.max(at, performance.now() - 1))
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
}
for (let waited = 0; due.length > 0 && waited < 100; waited++) await sleep(50)
// What never came took as long as we waited.
taken.push(...due.map((at) => performance.now() - at))
taken.sort((a, b) => a - b)
const at = (share: number) => taken[Math.min(taken.length - 1, Math.floor(taken.length * share))] ?? Number.NaN
process.stdout.write(JSON.stringify({ p50: at(0.5), p99: at(0.99), max: at(1) }))
socket.destroy()
