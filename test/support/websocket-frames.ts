/** A WebSocket client that writes frames by hand, over TCP or TLS, and reads those of a server. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A frame as a server sent it. */
export interface SentFrame {
  readonly first: number
  readonly payload: Buffer
}

/** How a connection went: frames, and how it ended. */
export interface Talk {
  readonly head: string
  readonly frames: readonly SentFrame[]
  readonly end: 'fin' | 'reset'
}

export interface RawSocket {
  readonly socket: Socket
  /** The head of the response. */
  readonly head: string
  /** Resolves when the server has ended the connection. */
  readonly talk: () => Promise<Talk>
}

/** A masked frame of a client, its first byte as given. @param announced a length that is not that of the payload. */
export function masked(first: number, payload: string | Uint8Array, announced?: number | bigint): Buffer {
  const data = Buffer.from(payload)
  const mask = randomBytes(4)
  const bytes = Buffer.from(data.map((byte, i) => byte ^ (mask[i % 4] ?? 0)))
  return Buffer.concat([header(first, announced ?? data.length, 0x80), mask, bytes])
}

/** The first bytes of a frame; a length may be written longer than it need be. */
export function header(first: number, length: number | bigint, mask: number, size?: 7 | 16 | 64): Buffer {
  if (size === 64 || (size === undefined && length >= 65_536)) {
    const bytes = Buffer.alloc(10)
    bytes[0] = first
    bytes[1] = mask | 127
    bytes.writeBigUInt64BE(BigInt(length), 2)
    return bytes
  }
  if (size === 16 || (size === undefined && length >= 126))
    return Buffer.from([first, mask | 126, Number(length) >> 8, Number(length) & 255])
  return Buffer.from([first, mask | Number(length)])
}

/** Opens a WebSocket. @param url `http://…`, or `https://…` whose certificate is not checked. */
export async function openRaw(url: string, path: string, headers = ''): Promise<RawSocket> {
  const { hostname, port, protocol } = new URL(url)
  const to = { host: hostname, port: Number(port) }
  const socket = protocol === 'https:' ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to)
  socket.setNoDelay(true)
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${headers}\r\n`,
  )
  const received: Buffer[] = []
  let end: Talk['end'] = 'fin'
  socket.on('error', () => {
    end = 'reset'
  })
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  const bytes = () => Buffer.concat(received)
  await new Promise<void>((resolve) => {
    socket.on('data', (data: Buffer) => {
      received.push(data)
      if (bytes().includes('\r\n\r\n')) resolve()
    })
    socket.once('close', () => resolve())
  })
  const at = bytes().indexOf('\r\n\r\n') + 4
  const head = bytes().subarray(0, at).toString('latin1')
  return {
    socket,
    head,
    async talk() {
      await closed
      return { head, frames: framesOf(bytes().subarray(at)), end }
    },
  }
}

/** The frames of a server; a last one that is not whole is left out. */
export function framesOf(bytes: Buffer): SentFrame[] {
  const frames: SentFrame[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes[at + 1] ?? 0
    if (short > 127) throw new Error('a server has masked a frame')
    const size = short === 127 ? 10 : short === 126 ? 4 : 2
    if (at + size > bytes.length) break
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short
    if (at + size + length > bytes.length) break
    frames.push({ first: bytes[at] ?? 0, payload: bytes.subarray(at + size, at + size + length) })
    at += size + length
  }
  return frames
}

/** What frames say, for tables: `text a`, `pong p`, `close 1000`. */
export function said(frames: readonly SentFrame[]): string[] {
  return frames.map(({ first, payload }) => {
    if (first === 0x81) return `text ${payload.toString()}`
    if (first === 0x82) return `bytes ${payload.toString('hex')}`
    if (first === 0x89) return `ping ${payload.toString()}`
    if (first === 0x8a) return `pong ${payload.toString()}`
    if (first !== 0x88) return `frame ${first.toString(16)}`
    return payload.length === 0 ? 'close' : `close ${payload.readUInt16BE(0)}`
  })
}
