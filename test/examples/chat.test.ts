/** `examples/chat` with a real Redis: two workers, two hosts, and its page in Chromium over a reload. */
import { once } from 'node:events'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, launchChromium, skipReason as noBrowser } from '../browser/chromium.ts'
import { type Command, endCommandsAfterEach, serving } from '../support/command.ts'
import { hasRedis, RedisForTest, skipReason } from '../support/redis.ts'

endCommandsAfterEach()
if (!hasRedis) console.log(skipReason)
if (!hasChromium) console.log(noBrowser)

describe.skipIf(!hasRedis)('the chat', () => {
  const redis = new RedisForTest()
  beforeAll(() => redis.start())
  afterAll(() => redis.remove())

  const start = (workers: number): Promise<Command> =>
    serving(['examples/chat/app.ts:application', '--bind', '127.0.0.1:0', '--workers', String(workers)], {
      env: { REDIS_SOCKET: redis.path },
    })

  /** Messages of a member, as they come; it is welcome when this resolves. */
  async function enter(server: Command, room: string) {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/rooms/${room}`)
    const seen: string[] = []
    socket.addEventListener('message', ({ data }) => seen.push(String(data)))
    await once(socket, 'open')
    await expect.poll(() => seen).toHaveLength(1)
    seen.pop()
    return { socket, seen, say: (text: string) => socket.send(JSON.stringify({ name: 'Ada', text })) }
  }

  it('reaches all members of a room, on two workers and on two hosts, in one order', async () => {
    const [one, other] = await Promise.all([start(2), start(2)])
    const members = await Promise.all(Array.from({ length: 12 }, (_, i) => enter(i % 2 === 0 ? one : other, 'a')))
    const elsewhere = await enter(one, 'b')
    for (let i = 0; i < 5; i++) for (const member of members) member.say(String(i))
    for (const { seen } of members) await expect.poll(() => seen, { timeout: 10_000 }).toHaveLength(60)
    for (const { seen } of members) expect(seen).toEqual(members[0]?.seen)
    expect(elsewhere.seen).toEqual([])
    for (const { socket } of [...members, elsewhere]) socket.close()
  })

  it.skipIf(!hasChromium)('has a page that comes again after a reload', async () => {
    const server = await start(1)
    const browser: Browser = await launchChromium()
    try {
      const page = await browser.newPage()
      await page.goto(server.url)
      await page.getByText('welcome').waitFor()
      const friend = await enter(server, 'lobby')
      await page.getByLabel('Text').fill('<b>Hi</b>')
      await page.getByRole('button').click()
      await page.getByText('Ada: <b>Hi</b>').waitFor()
      expect(friend.seen).toEqual(['{"name":"Ada","text":"<b>Hi</b>"}'])
      const closed = once(friend.socket, 'close')
      server.signal('SIGHUP')
      const [event] = (await closed) as [CloseEvent]
      expect(event.code).toBe(1012)
      await expect.poll(() => page.getByText('welcome').count(), { timeout: 10_000 }).toBe(2)
    } finally {
      await browser.close()
    }
  })
})
