import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Admission, shareOf } from '../../../packages/server/src/connection/admission.ts'

const socket = (name: string): Socket => ({ name }) as unknown as Socket // only its identity matters here

describe('the share that a connection takes', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', ':0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('of %j is %j', (address, share) => expect(shareOf(address)).toBe(share))

  it('is one for a whole /64 of IPv6, and another for the next one', () => {
    expect(shareOf('2001:db8:a:b::1')).toBe(shareOf('2001:db8:a:b:ffff:ffff:ffff:ffff'))
    expect(shareOf('2001:db8:a:b::1')).not.toBe(shareOf('2001:db8:a:c::1'))
  })
})

describe('sockets that wait', () => {
  it('are taken by the share that is served least, and in their order within it', () => {
    const admission = new Admission()
    const [a1, a2, b1, c1] = [socket('a1'), socket('a2'), socket('b1'), socket('c1')]
    for (let i = 0; i < 3; i++) admission.serve('a')
    admission.serve('b')
    admission.wait(a1, 'a')
    admission.wait(a2, 'a')
    admission.wait(b1, 'b')
    admission.wait(c1, 'c')
    expect([admission.takeNext(), admission.takeNext(), admission.takeNext(), admission.takeNext()]).toEqual([
      c1,
      b1,
      a1,
      a2,
    ])
    expect([admission.takeNext(), admission.waiting]).toEqual([undefined, 0])
  })

  it('of equal shares take turns', () => {
    const admission = new Admission()
    const names: string[] = []
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2']) admission.wait(socket(name), name[0] ?? '')
    for (let next = admission.takeNext(); next !== undefined; next = admission.takeNext()) {
      names.push((next as unknown as { name: string }).name) // as made above
    }
    expect(names).toEqual(['a1', 'b1', 'a2', 'b2', 'a3'])
  })

  it('stop waiting once', () => {
    const admission = new Admission()
    const one = socket('one')
    admission.wait(one, 'a')
    expect([admission.stopWaiting(one, 'a'), admission.stopWaiting(one, 'a'), admission.waiting]).toEqual([
      true,
      false,
      0,
    ])
    expect([...admission]).toEqual([])
  })

  it('make room for an address with fewer where no more can wait: the newest of the one with most', () => {
    const admission = new Admission()
    const sockets = ['1', '2', '3'].map(socket)
    for (const one of sockets) admission.wait(one, 'greedy')
    expect(admission.mostWaitingBeside('modest')).toBe(sockets[2])
    expect(admission.mostWaitingBeside('greedy')).toBeUndefined()
  })
})

describe('the share that has too much', () => {
  it('has at least two more than the one that waits', () => {
    const admission = new Admission()
    admission.serve('a')
    expect(admission.greedierThan('b')).toBeUndefined()
    admission.serve('a')
    expect(admission.greedierThan('b')).toBe('a')
    admission.serve('b')
    expect(admission.greedierThan('b')).toBeUndefined()
    admission.leave('b')
    expect(admission.greedierThan('b')).toBe('a')
    expect(admission.greedierThan('a')).toBeUndefined()
  })

  it('is never the one of unix sockets and trusted proxies: behind them are many clients', () => {
    const admission = new Admission()
    for (let i = 0; i < 100; i++) admission.serve('')
    expect(admission.greedierThan('a')).toBeUndefined()
  })
})
