/** `tsgi.flush_head` (C91) and `write` of an empty chunk (PEP 3333): when the head leaves. */
import type { Application, HeaderList } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import { playToEnd } from './recording-sink.ts'

const plain: HeaderList = [['Content-Type', 'text/plain']]

describe('the head', () => {
  it.each<[string, Application, string[]]>([
    [
      'goes when it is asked for, before the body',
      (environ, start) => {
        start('200 OK', plain)
        environ['tsgi.flush_head']?.()
        return 'late'
      },
      ['head 200 OK', 'flush', 'write late', 'end'],
    ],
    [
      'goes as soon as it is there, where it was asked for before',
      (environ, start) => {
        environ['tsgi.flush_head']?.()
        start('200 OK', plain)
        return 'late'
      },
      ['head 200 OK', 'flush', 'write late', 'end'],
    ],
    [
      'goes once',
      (environ, start) => {
        start('200 OK', plain)
        environ['tsgi.flush_head']?.()
        environ['tsgi.flush_head']?.()
        return ''
      },
      ['head 200 OK', 'flush', 'end'],
    ],
    [
      'goes with an empty write',
      async (_environ, start) => {
        await start('200 OK', plain)('')
        return 'late'
      },
      ['head 200 OK', 'flush', 'write late', 'end'],
    ],
    [
      'goes with an empty write of bytes',
      async (_environ, start) => {
        await start('200 OK', plain)(new Uint8Array(0))
        return ''
      },
      ['head 200 OK', 'flush', 'end'],
    ],
    [
      'of a response without a body goes whole',
      (environ, start) => {
        start('204 No Content', [])
        environ['tsgi.flush_head']?.()
        return ''
      },
      ['head 204 No Content', 'end'],
    ],
    [
      'that is replaced before it was asked for is the new one',
      (environ, start) => {
        start('200 OK', plain)
        start('404 Not Found', plain, new Error('none'))
        environ['tsgi.flush_head']?.()
        return 'none'
      },
      ['head 404 Not Found', 'flush', 'write none', 'end'],
    ],
  ])('%s', async (_, application, calls) => {
    const { sink } = await playToEnd(application)
    expect(sink.calls).toEqual(calls)
  })

  it('that has gone cannot be replaced: what fails then cuts the response', async () => {
    const { sink } = await playToEnd(
      (environ, start) => {
        start('200 OK', plain)
        environ['tsgi.flush_head']?.()
        throw new Error('too late')
      },
      { lawless: true },
    )
    expect(sink.calls).toEqual(['head 200 OK', 'flush', 'abort'])
  })

  it('announces the length that the application declares, and no other', async () => {
    const declared = await playToEnd((environ, start) => {
      start('200 OK', [...plain, ['Content-Length', '4']])
      environ['tsgi.flush_head']?.()
      return 'four'
    })
    const unknown = await playToEnd((environ, start) => {
      start('200 OK', plain)
      environ['tsgi.flush_head']?.()
      return 'four'
    })
    expect([declared.sink.head?.contentLength, unknown.sink.head?.contentLength]).toEqual([4, undefined])
  })

  it('is no matter any more when the response has ended', async () => {
    let flush: (() => void) | undefined
    const { sink } = await playToEnd((environ, start) => {
      flush = environ['tsgi.flush_head']
      start('200 OK', plain)
      return 'x'
    })
    flush?.()
    expect(sink.calls).toEqual(['head 200 OK', 'write x', 'end'])
  })
})
