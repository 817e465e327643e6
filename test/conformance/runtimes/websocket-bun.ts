/** A program for Bun: serves WebSocket views, and prints its port. */
import { toFetchHandler } from '@tsgi/gateways/fetch'
import { bunWebSocket, platformSockets } from '@tsgi/gateways/websocket'
import { application, leaving } from './websocket-application.ts'

declare const Bun: { serve(options: object): { readonly port: number } }

const fetch = toFetchHandler(application, { sockets: platformSockets, leaving })
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch, websocket: bunWebSocket })
console.log(`port ${server.port}`)
