import { describe, expect, it } from 'vitest'
import { ResponseWriter } from '../../../packages/gateways/src/exchange/response-writer.ts'
import { RecordingSink } from './recording-sink.ts'

function writerOn(sink: RecordingSink, isHead = false): { writer: ResponseWriter; reports: string[] } {
  const reports: string[] = []
  return { writer: new ResponseWriter(sink, isHead, { report: (text) => void reports.push(text) }), reports }
}

describe('the states of a response', () => {
  it('go from waiting over started and committed to ended', () => {
    const { writer } = writerOn(new RecordingSink())
    const states = [writer.state]
    writer.start('200 OK', [], undefined)
    states.push(writer.state)
    writer.emit('x')
    states.push(writer.state)
    writer.end()
    states.push(writer.state)
    expect(states).toEqual(['waiting', 'started', 'committed', 'ended'])
  })

  it.each([
    ['start', (writer: ResponseWriter) => writer.start('200 OK', [], undefined)],
    ['emit', (writer: ResponseWriter) => writer.emit('late')],
    ['end', (writer: ResponseWriter) => writer.end()],
  ])('once ended, %s is a no-op', (_name, late) => {
    const sink = new RecordingSink()
    const { writer } = writerOn(sink)
    writer.start('200 OK', [], undefined)
    writer.abandon()
    late(writer)
    expect([sink.calls, writer.state]).toEqual([[], 'ended'])
  })

  it.each(['head 200 OK', 'write a'])('a transport that fails within %j gets nothing more', (fatal) => {
    const sink = new RecordingSink()
    const { writer } = writerOn(sink)
    sink.onCall = (call) => {
      if (call === fatal) writer.abandon()
    }
    writer.start('200 OK', [], undefined)
    writer.emit('a')
    writer.emit('b')
    writer.end()
    expect(sink.calls.at(-1)).toBe(fatal)
  })
})

describe('what the head announces (C65, RFC 9110 §8.6)', () => {
  interface Case {
    readonly status?: string
    readonly declared?: string
    readonly length?: number
    readonly isHead?: boolean
    readonly chunks?: readonly string[]
  }

  it.each<[string, Case, number | undefined, boolean]>([
    ['nothing for a body of unknown length', { chunks: ['ab'] }, undefined, false],
    ['a known length', { length: 2, chunks: ['ab'] }, 2, false],
    ['a declared length', { declared: '2', chunks: ['ab'] }, 2, false],
    ['zero for no body', {}, 0, false],
    ['a known length for HEAD', { isHead: true, length: 2, chunks: ['ab'] }, 2, true],
    ['a declared length for HEAD', { isHead: true, declared: '5' }, 5, true],
    ['a declared zero for HEAD', { isHead: true, declared: '0' }, 0, true],
    ['nothing for an empty body of HEAD: GET may have had one', { isHead: true }, undefined, true],
    ['nothing for a stream of HEAD', { isHead: true, chunks: ['ab'] }, undefined, true],
    ['nothing for 204', { status: '204 ' }, undefined, true],
    ['nothing for 204, also when declared (RFC 9110 §8.6)', { status: '204 ', declared: '3' }, undefined, true],
    ['zero for 205 (RFC 9110 §15.3.6)', { status: '205 ', declared: '3' }, 0, true],
    ['nothing for 304', { status: '304 ' }, undefined, true],
    ['what was declared for 304 (RFC 9110 §15.4.5)', { status: '304 ', declared: '3' }, 3, true],
  ])('is %s', (_name, { status = '200 OK', declared, length, isHead = false, chunks = [] }, expected, bodyless) => {
    const sink = new RecordingSink()
    const { writer } = writerOn(sink, isHead)
    writer.start(status, declared === undefined ? [] : [['Content-Length', declared]], undefined)
    writer.announce(length)
    for (const chunk of chunks) writer.emit(chunk)
    writer.end()
    const code = Number(status.slice(0, 3))
    expect(sink.heads).toEqual([{ status, code, headers: [], contentLength: expected, bodyless }])
    expect(sink.body).toBe(bodyless ? '' : chunks.join(''))
  })
})

describe('octets against Content-Length (C72)', () => {
  it('are cut where the length ends, in the middle of a chunk and of a character, and reported once', () => {
    const sink = new RecordingSink()
    const { writer, reports } = writerOn(sink)
    writer.start('200 OK', [['Content-Length', '4']], undefined)
    writer.emit('ab')
    writer.emit(new TextEncoder().encode('cdef'))
    expect(writer.wantsNoMore).toBe(true)
    writer.emit('ghi')
    writer.end()
    expect(sink.calls).toEqual(['head 200 OK', 'write ab', 'write cd', 'end'])
    expect(reports).toEqual(['the body is longer than its Content-Length: 2 bytes or more were dropped'])
  })

  it('are counted as UTF-8, not as characters', () => {
    const sink = new RecordingSink()
    const { writer } = writerOn(sink)
    writer.start('200 OK', [['Content-Length', '3']], undefined)
    writer.emit('你好')
    writer.end()
    expect(sink.body).toBe('你')
  })

  it('that are missing make the end an error', () => {
    const sink = new RecordingSink()
    const { writer } = writerOn(sink)
    writer.start('200 OK', [['Content-Length', '4']], undefined)
    writer.emit('ab')
    expect(() => writer.end()).toThrow('2 bytes shorter')
    expect(sink.calls).toEqual(['head 200 OK', 'write ab'])
  })

  it('that are known to be missing keep even the head back', () => {
    const sink = new RecordingSink()
    const { writer } = writerOn(sink)
    writer.start('200 OK', [['Content-Length', '4']], undefined)
    writer.announce(2)
    expect(() => writer.emit('ab')).toThrow('has 2 bytes where its Content-Length is 4')
    expect([sink.calls, writer.state]).toEqual([[], 'started'])
  })

  it('that are all there make the response whole', () => {
    const { writer } = writerOn(new RecordingSink())
    writer.start('200 OK', [['Content-Length', '2']], undefined)
    expect(writer.isWhole).toBe(false)
    writer.emit('a')
    expect(writer.isWhole).toBe(false)
    writer.emit('b')
    expect([writer.isWhole, writer.wantsNoMore]).toEqual([true, false])
  })
})

it.each(['204 ', '205 ', '304 '])('drops and reports what comes with %j', (status) => {
  const sink = new RecordingSink()
  const { writer, reports } = writerOn(sink)
  writer.start(status, [], undefined)
  writer.emit('x')
  writer.end()
  expect(sink.calls).toEqual([`head ${status}`, 'end'])
  expect(reports).toEqual([`a ${status.trim()} has no body: what the application sent was dropped`])
})
