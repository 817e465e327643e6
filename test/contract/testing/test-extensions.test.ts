import { environFor } from '@tsgi/contract/testing'
import { expect, test } from 'vitest'
import { TestExtensions } from '../../../packages/contract/src/testing/test-extensions.ts'

test('puts extensions in where there are none, and takes them out again', () => {
  const own = () => {}
  const environ = environFor('/', { 'tsgi.early_hints': own })
  const extensions = new TestExtensions(environ, () => {})
  expect(environ['tsgi.early_hints']).toBe(own)
  expect(environ['tsgi.after_response']).toBeTypeOf('function')
  extensions.remove()
  expect(environ['tsgi.early_hints']).toBe(own)
  expect(environ).not.toHaveProperty(['tsgi.after_response'])
})

test('leaves a extension that somebody has changed', () => {
  const environ = environFor('/')
  const extensions = new TestExtensions(environ, () => {})
  const own = () => {}
  environ['tsgi.after_response'] = own
  extensions.remove()
  expect(environ['tsgi.after_response']).toBe(own)
})

test('runs tasks in order, each once, also one that a task adds, and tells of those that fail', async () => {
  const environ = environFor('/')
  const extensions = new TestExtensions(environ, () => {})
  const later = environ['tsgi.after_response'] ?? (() => {})
  const ran: number[] = []
  const failures: unknown[] = []
  later(async () => void ran.push(1))
  later(() => {
    later(() => void ran.push(3))
    throw 'two'
  })
  await extensions.runTasks((error) => failures.push(error))
  expect([ran, failures]).toEqual([[1, 3], ['two']])
})

test('keeps early hints, and refuses wrong ones', () => {
  const environ = environFor('/')
  const extensions = new TestExtensions(environ, () => {})
  environ['tsgi.early_hints']?.([['Link', '</a>']])
  expect(extensions.earlyHints).toEqual([[['Link', '</a>']]])
  expect(() => environ['tsgi.early_hints']?.([['Connection', 'close']])).toThrow(/^C32/)
  expect(() => environ['tsgi.after_response']?.(undefined as never)).toThrow(/^C33/) // what the types forbid
})
