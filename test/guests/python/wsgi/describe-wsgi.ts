/** The probe application on our server, under wsgiref.validate and without it, for the tests of one file. */
import { afterAll, beforeAll, describe } from 'vitest'
import { findPython, type PythonServer, servePython, skipReason } from '../python-server.ts'

export interface Probes {
  readonly checked: PythonServer
  readonly unchecked: PythonServer
}

/** Tests that have both, started; skipped, by name and loudly, where there is no Python. */
export function describeWsgi(tests: (probes: Probes) => void): void {
  const isSkipped = findPython() === undefined
  if (isSkipped) console.warn(skipReason())
  describe.skipIf(isSkipped)(`WSGI${isSkipped ? ` — ${skipReason()}` : ''}`, () => {
    const started: PythonServer[] = []
    const serve = async (spec: string): Promise<PythonServer> => {
      const server = await servePython(spec)
      started.push(server)
      await server.application.start()
      return server
    }
    const probes: { -readonly [Name in keyof Probes]?: PythonServer } = {}

    beforeAll(async () => {
      const [checked, unchecked] = await Promise.all([serve('probe'), serve('probe:unchecked')])
      Object.assign(probes, { checked, unchecked })
    })

    afterAll(async () => {
      await Promise.all(started.map((server) => server.close()))
    })

    tests(probes as Probes)
  })
}
