/** Constant load for tests: keep-alive clients and one-shot clients that count every request that was not answered. */
import http from 'node:http'
import { ask } from '../support/command.ts'

export interface LoadResult {
  readonly answered: number
  /** What went wrong, each with its reason. */
  readonly failures: readonly string[]
}

export interface Load {
  /** Requests answered so far. */
  readonly answered: number
  /** Resolves when `count` requests have been answered. */
  reached(count: number): Promise<void>
  stop(): Promise<LoadResult>
}

/** Starts `keptAlive` clients that keep one connection each, and `oneShot` clients that open one per request. */
export function load(url: string, keptAlive: number, oneShot: number): Load {
  const failures: string[] = []
  let answered = 0
  let running = true
  let wanted = { count: Number.POSITIVE_INFINITY, tell: () => {} }

  async function client(agent: http.Agent | false): Promise<void> {
    while (running) {
      try {
        const { status } = await ask(url, { agent })
        if (status === 200) answered++
        else failures.push(`status ${status}`)
      } catch (error) {
        failures.push(`${agent === false ? 'one-shot' : 'kept alive'}: ${String(error)}`)
      }
      if (answered >= wanted.count) wanted.tell()
    }
    if (agent !== false) agent.destroy()
  }

  const clients = [
    ...Array.from({ length: keptAlive }, () => client(new http.Agent({ keepAlive: true, maxSockets: 1 }))),
    ...Array.from({ length: oneShot }, () => client(false)),
  ]
  return {
    get answered() {
      return answered
    },
    reached: (count) =>
      new Promise((resolve) => {
        wanted = { count, tell: resolve }
      }),
    async stop() {
      running = false
      await Promise.all(clients)
      return { answered, failures }
    },
  }
}
