/** A program for Deno: serves WebSocket views, and prints its port. */
import { toFetchHandler } from '@tsgi/gateways/fetch'
import { platformSockets } from '@tsgi/gateways/websocket'
import { application, leaving } from './websocket-application.ts'

declare const Deno: { serve(options: object, handler: (...words: never[]) => Promise<Response>): void }

const onListen = ({ port }: { readonly port: number }) => console.log(`port ${port}`)
Deno.serve(
  { port: 0, hostname: '127.0.0.1', onListen },
  toFetchHandler(application, { sockets: platformSockets, leaving }),
)
