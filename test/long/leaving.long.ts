/**
 * 200 event streams and 200 WebSockets, of Node and of Chromium, over 20 reloads beside 50,000 requests: every one ends
 * cleanly within a second of its worker's leaving and misses no number; no request is lost.
 */
import { once } from 'node:events'
import http from 'node:http'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { hasChromium, launchChromium, skipReason } from '../browser/chromium.ts'
import { load } from '../process/load.ts'
import { endCommandsAfterEach, folderWith, serving } from '../support/command.ts'
import { REQUESTS, readNotes } from './notes.ts'

endCommandsAfterEach()
if (!hasChromium) console.log(skipReason)

const RELOADS = 20
/** Streams and sockets each. A browser opens six connections to a host at most, so its pages have hosts of their own. */
const [NODE_CLIENTS, PAGES, PER_PAGE] = [hasChromium ? 180 : 200, hasChromium ? 5 : 0, 4]

/** What clients saw: the end of each connection, with the worker that had it. */
interface End {
  readonly pid: number
  readonly at: number
  readonly how: string
}

const faults: string[] = []
let isOver = false

/** As `EventSource` does: comes again with the last id, and checks that no number is missed. */
async function eventStream(port: number, ends: End[]): Promise<number> {
  let last = 0
  while (!isOver) {
    const request = http.get({
      port,
      path: '/numbers',
      agent: false,
      headers: last ? { 'Last-Event-ID': String(last) } : {},
    })
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      response.setEncoding('utf8')
      let text = ''
      let pid = 0
      response.on('data', (chunk: string) => {
        text += chunk
        for (;;) {
          const at = text.indexOf('\n\n')
          if (at < 0) break
          const event = text.slice(0, at)
          text = text.slice(at + 2)
          const id = /^id: (\d+)$/m.exec(event)?.[1]
          if (id === undefined) continue
          if (Number(id) !== last + 1) faults.push(`number ${id} after ${last}`)
          last = Number(id)
          pid = Number(/^data: (\d+)$/m.exec(event)?.[1])
        }
        if (isOver) request.destroy()
      })
      response.on('error', (error) => isOver || faults.push(`a stream broke: ${error.message}`))
      await once(response, 'close')
      if (!isOver && !response.complete) faults.push('a stream was cut')
      if (!isOver) ends.push({ pid, at: Date.now(), how: 'end' })
    } catch (error) {
      if (!isOver) faults.push(`a stream failed: ${String(error)}`)
    }
    await sleep(50)
  }
  return last
}

async function socketClient(port: number, ends: End[]): Promise<void> {
  while (!isOver) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`)
    let pid = 0
    socket.addEventListener('message', ({ data }) => {
      pid = Number(data)
    })
    socket.addEventListener('error', () => isOver || faults.push('a WebSocket failed'))
    const closed = once(socket, 'close')
    const leave = setInterval(() => isOver && socket.close(1000), 50)
    const [event] = (await closed) as [CloseEvent]
    clearInterval(leave)
    if (!isOver) ends.push({ pid, at: Date.now(), how: String(event.code) })
    await sleep(50)
  }
}

/** The same in a page, by the browser's own `EventSource` and `WebSocket`. Notes are read with `notesOf`. */
async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/page`)
  await page.evaluate((count) => {
    const notes = { ends: [] as { pid: number; at: number; how: string }[], faults: [] as string[], numbers: 0 }
    Object.assign(globalThis, { notes })
    const connect = () => {
      const socket = new WebSocket('/socket')
      let pid = 0
      socket.onmessage = ({ data }) => {
        pid = Number(data)
      }
      socket.onclose = ({ code }) => {
        notes.ends.push({ pid, at: Date.now(), how: String(code) })
        setTimeout(connect, 50)
      }
    }
    for (let i = 0; i < count; i++) {
      let last = 0
      const source = new EventSource('/numbers')
      source.onmessage = ({ lastEventId }) => {
        if (Number(lastEventId) !== last + 1) notes.faults.push(`number ${lastEventId} after ${last}`)
        last = Number(lastEventId)
        notes.numbers++
      }
      connect()
    }
  }, PER_PAGE)
}

it(`${RELOADS} reloads under ${REQUESTS} requests, 200 event streams and 200 WebSockets`, async () => {
  const notes = join(folderWith(), 'notes')
  const words = ['test/long/leaving-application.ts:application', '--bind', '0.0.0.0:0', '--workers', '2']
  const server = await serving(words, { env: { NOTES: notes } })
  const { port } = server
  const [streamEnds, socketEnds]: [End[], End[]] = [[], []]
  const clients = Array.from({ length: NODE_CLIENTS }, () => [
    eventStream(port, streamEnds),
    socketClient(port, socketEnds),
  ])
  const browser = hasChromium ? await launchChromium() : undefined
  const pages: Page[] = []
  for (let i = 0; i < PAGES; i++) {
    const page = await browser?.newPage()
    if (page === undefined) break
    await openPage(page, `http://127.0.0.${i + 2}:${port}`)
    pages.push(page)
  }
  // Clients that have no turn see an end late: that is not the server's time.
  const ownDelay = monitorEventLoopDelay({ resolution: 10 })
  ownDelay.enable()
  const requests = load(`http://127.0.0.1:${port}/`, 6, 2)
  for (let i = 1; i <= RELOADS; i++) {
    await requests.reached((REQUESTS / RELOADS) * i)
    server.signal('SIGHUP')
    await server.printed(/worker \d+ is ready/, 2 + 2 * i)
    await sleep(300)
  }
  await sleep(2500)
  const { answered, failures } = await requests.stop()
  const fromPages = await Promise.all(
    pages.map((page) => page.evaluate(() => (globalThis as unknown as { notes: PageNotes }).notes)),
  )
  isOver = true
  const numbers = await Promise.all(clients.map(([stream]) => stream))
  await Promise.all(clients.flat())
  await browser?.close()

  expect(failures).toEqual([])
  expect(answered).toBeGreaterThanOrEqual(REQUESTS)
  expect([...faults, ...fromPages.flatMap((page) => page.faults)]).toEqual([])
  const { ends } = { ends: [...socketEnds, ...fromPages.flatMap((page) => page.ends)] }
  expect(ends.filter(({ how }) => how !== '1012')).toEqual([])
  expect(Math.min(...(ends.length === 0 ? [0] : [ends.length, streamEnds.length]))).toBeGreaterThan(
    NODE_CLIENTS * (RELOADS / 2),
  )
  expect(Math.min(...numbers.filter((number) => number !== undefined))).toBeGreaterThan(RELOADS)
  expect(fromPages.every((page) => page.numbers > RELOADS * PER_PAGE)).toBe(true)

  const noted = readNotes(notes)
  const leaving = noted.get('leaving') ?? new Map()
  const late = [...ends, ...streamEnds]
    .map(({ pid, at, how }) => `${how} ${at - (leaving.get(pid) ?? 0)} ms after worker ${pid} began to leave`)
    .filter((line) => Number(line.split(' ')[1]) > 1000 + ownDelay.max / 1e6)
  console.log(
    `${ends.length + streamEnds.length} ends; the clients waited ${Math.round(ownDelay.max / 1e6)} ms for a turn at most`,
  )
  expect(late).toEqual([])
  const slow = [...leaving].filter(([pid, at]) => (noted.get('gone')?.get(pid) ?? Number.POSITIVE_INFINITY) - at > 2000)
  expect(slow).toEqual([])
  expect(leaving.size).toBeGreaterThanOrEqual(2 * RELOADS)
})

interface PageNotes {
  readonly ends: readonly End[]
  readonly faults: readonly string[]
  readonly numbers: number
}
