/** Every kind of application that the matrix has, beside the bare one of the suite. A missing part is a reason. */
import { join } from 'node:path'
import type { Application } from '@tsgi/contract'
import { findPython, skipReason } from '../../guests/python/python-server.ts'
import { application } from './app.ts'
import { honoApplication } from './hono.ts'
import { expressApplication, fastifyApplication, koaApplication } from './node.ts'

export interface Guest {
  readonly application: Application
  readonly close: () => Promise<void>
}

export interface GuestKind {
  readonly name: string
  readonly open: () => Promise<Guest>
  /** Why it cannot run here. */
  readonly missing: string | undefined
}

const still = (application: Application): Guest => ({ application, close: async () => undefined })

export const GUEST_KINDS: readonly GuestKind[] = [
  { name: 'Application', open: async () => still(application), missing: undefined },
  { name: 'Express', open: async () => still(expressApplication()), missing: undefined },
  { name: 'Koa', open: async () => still(koaApplication()), missing: undefined },
  { name: 'Fastify', open: async () => still(await fastifyApplication()), missing: undefined },
  { name: 'Hono', open: async () => still(honoApplication()), missing: undefined },
  python('Flask', 'flask', 'flaskguest.py'),
  python('Django', 'django', 'djangoguest.py'),
]

function python(name: string, module: string, file: string): GuestKind {
  const found = findPython(module)
  const open = async (): Promise<Guest> => {
    const { fromPythonWsgi } = await import('@tsgi/server/python')
    const guest = fromPythonWsgi(join(import.meta.dirname, file), {
      threads: 8,
      ...(found === undefined ? {} : { python: found }),
    })
    await guest.start()
    return { application: guest, close: () => guest.close(1) }
  }
  return { name, open, missing: found === undefined ? skipReason(module) : undefined }
}
