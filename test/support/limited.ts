/** An application with a limit of 500 requests in a day, and many requests for it. */
import http from 'node:http'
import { ROOT } from './command.ts'

/** The module of the application; `/pid` is not limited. */
export const LIMITED: string = `
import { rateLimit } from '${ROOT}/packages/framework/src/middleware/rate-limit.ts'
const limit = Number(process.env.LIMIT ?? 500)
const guard = rateLimit({ limit, window: '1d', key: ({ PATH_INFO }) => (PATH_INFO === '/pid' ? undefined : 'all') })
export const application = guard((environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return String(process.pid)
})
`

export interface Sent {
  readonly allowed: number
  readonly refused: number
  /** Requests whose connection broke, as those of a killed worker do. */
  readonly lost: number
}

/** @param every called after each response. */
export async function send(
  port: number,
  requests: number,
  connections = 32,
  every: () => void = () => undefined,
): Promise<Sent> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  const counts = new Map<number, number>()
  let left = requests
  const client = async () => {
    while (left-- > 0) {
      const status = await statusOf(port, agent)
      counts.set(status, (counts.get(status) ?? 0) + 1)
      every()
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  agent.destroy()
  return { allowed: counts.get(200) ?? 0, refused: counts.get(429) ?? 0, lost: counts.get(0) ?? 0 }
}

function statusOf(port: number, agent: http.Agent): Promise<number> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, agent }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', () => resolve(0))
    })
    request.on('error', () => resolve(0))
  })
}
