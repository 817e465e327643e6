import { environFor } from '@tsgi/contract/testing'
import { expect, test } from 'vitest'
import { TestDoors } from '../../../packages/contract/src/testing/test-doors.ts'

test('puts doors in where there are none, and takes them out again', () => {
  const own = () => {}
  const environ = environFor('/', { 'tsgi.early_hints': own })
  const doors = new TestDoors(environ, () => {})
  expect(environ['tsgi.early_hints']).toBe(own)
  expect(environ['tsgi.after_response']).toBeTypeOf('function')
  doors.remove()
  expect(environ['tsgi.early_hints']).toBe(own)
  expect(environ).not.toHaveProperty(['tsgi.after_response'])
})

test('leaves a door that somebody has changed', () => {
  const environ = environFor('/')
  const doors = new TestDoors(environ, () => {})
  const own = () => {}
  environ['tsgi.after_response'] = own
  doors.remove()
  expect(environ['tsgi.after_response']).toBe(own)
})

test('runs tasks in order, each once, also one that a task adds, and tells of those that fail', async () => {
  const environ = environFor('/')
  const doors = new TestDoors(environ, () => {})
  const later = environ['tsgi.after_response'] ?? (() => {})
  const ran: number[] = []
  const failures: unknown[] = []
  later(async () => void ran.push(1))
  later(() => {
    later(() => void ran.push(3))
    throw 'two'
  })
  await doors.runTasks((error) => failures.push(error))
  expect([ran, failures]).toEqual([[1, 3], ['two']])
})

test('keeps early hints, and refuses wrong ones', () => {
  const environ = environFor('/')
  const doors = new TestDoors(environ, () => {})
  environ['tsgi.early_hints']?.([['Link', '</a>']])
  expect(doors.earlyHints).toEqual([[['Link', '</a>']]])
  expect(() => environ['tsgi.early_hints']?.([['Connection', 'close']])).toThrow(/^C32/)
  expect(() => environ['tsgi.after_response']?.(undefined as never)).toThrow(/^C33/) // what the types forbid
})
