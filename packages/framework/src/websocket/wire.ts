/** What carries the messages of a peer: frames on an upgraded connection, or the socket of a platform. Types only. */

/** What a wire reports. */
export interface WireListener {
  message(data: string | Uint8Array): void
  /** A ping or a pong has come. @returns whether a ping is to be answered: nothing follows a close frame. */
  control(): boolean
  /** Something was written besides messages: a pong. */
  wrote(bytes: number, done: Promise<void>): void
  /** Bytes have come. */
  heard(): void
  /** The other side closes. @param code undefined where it gave none. */
  closed(code: number | undefined): void
  /** Resolves when more may be read; undefined where it may at once. */
  room(): Promise<void> | undefined
}

export interface Wire {
  /** The subprotocol that was agreed upon; `''` for none. */
  readonly protocol: string
  /** True in the middle of a message from the other side. */
  readonly isPartial: boolean
  /** Resolves at the end of the connection. Rejects for what the other side has broken. */
  read(listener: WireListener): Promise<void>
  /** Resolves when more may be sent; rejects when nothing can be sent any more. */
  send(message: string | Uint8Array): Promise<void>
  /** Undefined where the platform pings by itself. */
  ping?(): Promise<void>
  /** Begins the closing handshake. @param code undefined for none. */
  close(code: number | undefined, reason: string): Promise<void>
}
