import { ContractError } from '@tsgi/contract'
import { expect, test } from 'vitest'
import { BreachRecord } from '../../packages/contract/src/breach-record.ts'

const error = (message: string) => new ContractError('C1', 'server', message)

test('throws each unseen breach once, the oldest first, and no seen one', () => {
  const record = new BreachRecord(undefined)
  const [first, second, third] = [error('first'), error('second'), error('third')]
  for (const each of [first, second, third]) record.found(each)
  record.seen(second)
  expect(() => record.throwUnseen()).toThrow(first)
  expect(() => record.throwUnseen()).toThrow(third)
  expect(() => record.throwUnseen()).not.toThrow()
})

test('verify() throws the first breach, seen or not, else what is owed to what has not ended', () => {
  const record = new BreachRecord(undefined)
  const owed = error('owed')
  const body = { owed: () => owed }
  record.opened({ owed: () => undefined })
  record.verify()
  record.opened(body)
  expect(() => record.verify()).toThrow(owed)
  record.ended(body)
  record.verify()
  const found = error('found')
  record.found(found)
  record.seen(found)
  record.found(error('later'))
  expect(() => record.verify()).toThrow(found)
})

test('tells onError of each breach as it is found, and then has none unseen', () => {
  const told: ContractError[] = []
  const record = new BreachRecord((breach) => told.push(breach))
  const found = error('found')
  record.found(found)
  expect(told).toEqual([found])
  record.throwUnseen()
})
