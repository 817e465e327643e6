/** A module for workerd: WebSocket views as a Worker. */
import { toFetchHandler } from '@tsgi/gateways/fetch'
import { platformSockets } from '@tsgi/gateways/websocket'
import { application } from './websocket-application.ts'

export default { fetch: toFetchHandler(application, { sockets: platformSockets }) }
