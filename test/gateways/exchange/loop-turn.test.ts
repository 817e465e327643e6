import { expect, test } from 'vitest'
import { LoopTurn } from '../../../packages/gateways/src/exchange/loop-turn.ts'

function busy(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

test('a turn has time until it was used up, and the next one has time again', async () => {
  const turn = new LoopTurn()
  expect(turn.hasTime()).toBe(true)
  busy(5)
  expect(turn.hasTime()).toBe(false)
  await nextTurn()
  expect(turn.hasTime()).toBe(true)
})

test('deferred work runs in order, one piece a turn where each uses its turn up', async () => {
  const turn = new LoopTurn()
  const done: string[] = []
  for (const name of ['a', 'b', 'c']) {
    turn.defer(() => {
      done.push(name)
      busy(5)
    })
  }
  expect(done).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(done).toEqual(['a'])
  while (done.length < 3) await new Promise((resolve) => setTimeout(resolve, 0))
  expect(done).toEqual(['a', 'b', 'c'])
})

test('short work of many does not wait a turn each', async () => {
  const turn = new LoopTurn()
  let done = 0
  for (let i = 0; i < 20; i++) turn.defer(() => done++)
  let turns = 0
  for (; done < 20; turns++) await new Promise((resolve) => setImmediate(resolve))
  // One, unless the machine is so busy that a few pieces take all the time of a turn.
  expect(turns).toBeLessThan(20)
})

test('work that defers itself again lets the others go first', async () => {
  const turn = new LoopTurn()
  const done: string[] = []
  const selfish = () => {
    done.push('selfish')
    busy(5)
    if (done.length < 6) turn.defer(selfish)
  }
  turn.defer(selfish)
  turn.defer(() => done.push('modest'))
  while (done.length < 6) await new Promise((resolve) => setTimeout(resolve, 0))
  expect(done.indexOf('modest')).toBe(1)
})

test('whoever uses up each turn before its end does not stop deferred work', async () => {
  const turn = new LoopTurn()
  let done = 0
  for (let i = 0; i < 3; i++) turn.defer(() => done++)
  for (let i = 0; i < 10 && done < 3; i++) {
    turn.hasTime()
    busy(5)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(done).toBe(3)
})
