/** Takes a body and says how long it was. */
import type { Application } from '@tsgi/contract'

export const application: Application = async (environ, startResponse) => {
  let octets = 0
  for await (const chunk of environ['wsgi.input']) octets += chunk.byteLength
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return String(octets)
}
