import { type HeaderList, type StartResponse, validate } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { expect, test, vi } from 'vitest'
import { acceptAll, answering, drain, serveNaively, TEXT, testBreaches } from './breaches/breach.ts'
import { startResponseBreaches, writeBreaches } from './breaches/start-response-breaches.ts'

testBreaches(startResponseBreaches)
testBreaches(writeBreaches)

const BOOM = new Error('boom')

test('calls the server with what it was called with, and no more arguments', () => {
  const startResponse = vi.fn<StartResponse>(() => async () => {})
  const headers: HeaderList = [TEXT]
  validate(answering('x', [TEXT]))(environFor('/'), startResponse)
  expect(startResponse.mock.calls[0]).toHaveLength(2)
  validate((_environ, start) => {
    start('200 OK', headers, BOOM)
    return 'x'
  })(environFor('/'), startResponse)
  expect(startResponse.mock.calls[1]).toEqual(['200 OK', headers, BOOM])
  expect(startResponse.mock.calls[1]?.[1]).toBe(headers)
})

test('lets a head be replaced because of an error', async () => {
  const checked = validate((_environ, startResponse) => {
    startResponse('200 OK', [TEXT, ['Content-Length', '100']])
    startResponse('500 Sorry', [TEXT, ['Content-Length', '5']], BOOM)
    return 'sorry'
  })
  await serveNaively(checked)
  checked.verify()
})

test('passes on that the head has gone', async () => {
  const checked = validate(async (_environ, startResponse) => {
    await startResponse('200 OK', [TEXT])('x')
    startResponse('500 Sorry', [TEXT], BOOM)
    return ''
  })
  const response = checked(environFor('/'), (_status, _headers, error) => {
    if (error !== undefined) throw error
    return async () => {}
  })
  await expect(response).rejects.toBe(BOOM)
  checked.verify()
})

test('passes on what a server throws of its own', () => {
  const refuse = () => {
    throw BOOM
  }
  expect(() => validate(answering('x'))(environFor('/'), refuse)).toThrow(BOOM)
})

test('hands written chunks to the server, and its promise back', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const write = vi.fn(() => promise)
  let written: Promise<void> | undefined
  const body = validate((_environ, startResponse) => {
    written = startResponse('200 OK', [TEXT, ['Content-Length', '3']])('ab')
    return 'c'
  })(environFor('/'), () => write)
  expect(body).toBe('c')
  expect(write).toHaveBeenCalledWith('ab')
  expect(written).toBe(promise)
  resolve()
})

test('counts the bytes of write and of the body together', async () => {
  const checked = validate(async (_environ, startResponse) => {
    await startResponse('200 OK', [TEXT, ['Content-Length', '4']])('ab')
    return new Set(['c', 'd'])
  })
  await drain(await checked(environFor('/'), acceptAll))
  checked.verify()
})
