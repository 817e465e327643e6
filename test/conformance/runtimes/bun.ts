/** A program for Bun: serves the conformance application, and prints its port. */
import { toFetchHandler } from '@tsgi/gateways/fetch'
import { application } from './application.ts'

declare const Bun: { serve(options: object): { readonly port: number } }

const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: toFetchHandler(application) })
console.log(`port ${server.port}`)
