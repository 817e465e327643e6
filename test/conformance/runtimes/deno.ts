/** A program for Deno: serves the conformance application, and prints its port. */
import { toFetchHandler } from '@tsgi/gateways/fetch'
import { application } from './application.ts'

declare const Deno: { serve(options: object, handler: (...words: never[]) => Promise<Response>): void }

const onListen = ({ port }: { readonly port: number }) => console.log(`port ${port}`)
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, toFetchHandler(application))
