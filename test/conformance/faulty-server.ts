/** A program: `node:http` with the listener of another copy of the gateways, for planted faults. Prints its port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { conformanceApplication } from '@tsgi/conformance'
import type { toNodeListener as ToNodeListener } from '@tsgi/gateways'
import { fileOf } from '../support/conformance-file.ts'

const [copy = ''] = process.argv.slice(2)
const { toNodeListener }: { readonly toNodeListener: typeof ToNodeListener } = await import(
  pathToFileURL(`${copy}/node.ts`).href
)
const server = createServer(toNodeListener(conformanceApplication({ fileOf })))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port)) // it listens on TCP
