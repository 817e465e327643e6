/** Which sockets the master holds. */
import { describe, expect, it } from 'vitest'
import type { Bind } from '../../../packages/server/src/config/bind.ts'
import { Sockets } from '../../../packages/server/src/master/sockets.ts'

const owner = { mode: 0o600, uid: undefined, gid: undefined }
const local = (port: number): Bind => ({ kind: 'tcp', host: '127.0.0.1', port })

describe('places to listen', () => {
  it.each<[string, readonly Bind[], Bind | undefined, string]>([
    ['a port', [local(8000), local(8000)], undefined, '127.0.0.1:8000'],
    ['a port, once for the metrics', [local(8000)], local(8000), '127.0.0.1:8000'],
    ['a path', Array<Bind>(2).fill({ kind: 'unix', path: '/run/app.sock' }), undefined, 'unix:/run/app.sock'],
    ['a descriptor', Array<Bind>(2).fill({ kind: 'fd', fd: 3 }), undefined, 'fd:3'],
  ])('are refused when %s is given twice, before anything is bound', async (_, binds, monitor, name) => {
    await expect(new Sockets(owner).open(binds, monitor)).rejects.toThrow(`${name} is given twice; leave one out`)
  })

  it('may be any free port twice', async () => {
    const sockets = new Sockets(owner)
    await sockets.open([local(0), local(0)], undefined)
    expect(sockets.descriptors).toHaveLength(2)
    sockets.close()
  })
})
