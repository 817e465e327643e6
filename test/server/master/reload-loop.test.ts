import { expect, it } from 'vitest'
import { ReloadLoop } from '../../../packages/server/src/master/reload-loop.ts'

/** Waits after changes of these files, a second apart from the moment of reloading. */
function waits(...files: string[]): number[] {
  const loop = new ReloadLoop()
  let now = 0
  return files.map((file) => {
    const wait = loop.changed(file, now)
    now += 1000 + wait
    return wait
  })
}

it('backs off where one file changes after each reload, up to half a minute', () => {
  expect(waits(...Array(10).fill('s.json'))).toEqual([0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
})

it('is no loop where files take turns, or where a person saves now and then', () => {
  expect(waits('a', 'b', 'a', 'b', 'a', 'b')).toEqual([0, 0, 0, 0, 0, 0])
  const loop = new ReloadLoop()
  expect([0, 4000, 8000, 12_000, 16_000].map((now) => loop.changed('a', now))).toEqual([0, 0, 0, 0, 0])
})

it('is forgotten once another file changes', () => {
  expect(waits('a', 'a', 'a', 'a', 'b', 'a', 'a')).toEqual([0, 0, 0, 1000, 0, 0, 0])
})
