import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { FlowControl, ReceiveBuffer } from '../../../packages/server/src/connection/receive-buffer.ts'

function flowing(): { inflow: FlowControl; inbox: ReceiveBuffer; socket: PassThrough } {
  const socket = new PassThrough().resume()
  const inbox = new ReceiveBuffer()
  return { inflow: new FlowControl(socket, inbox), inbox, socket }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('a connection is read from', () => {
  it('while there is room for what comes (L-09)', () => {
    const { inflow, inbox, socket } = flowing()
    inbox.push(Buffer.alloc(100_000))
    inflow.regulate()
    expect(socket.isPaused()).toBe(true)
    inbox.takeTo(100_000)
    inflow.regulate()
    expect(socket.isPaused()).toBe(false)
  })

  it('again in the next turn only, when it has brought many requests in one: others have their turn before (C-04)', async () => {
    const { inflow, socket } = flowing()
    for (const requests of [1, 65, 66, 130]) {
      inflow.afterRead(requests)
      expect(socket.isPaused()).toBe(false)
    }
    inflow.afterRead(195)
    expect(socket.isPaused()).toBe(true)
    inflow.regulate()
    expect(socket.isPaused()).toBe(true)
    await nextTurn()
    expect(socket.isPaused()).toBe(false)
  })

  it('not in the next turn either, when there is no room by then', async () => {
    const { inflow, inbox, socket } = flowing()
    inflow.afterRead(1000)
    inbox.push(Buffer.alloc(100_000))
    await nextTurn()
    expect(socket.isPaused()).toBe(true)
  })
})
