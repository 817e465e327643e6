import { beforeEach, describe, expect, it } from 'vitest'
import { type CollectYoung, youngCollector } from '../../../packages/server/src/connection/minor-gc.ts'
import { play } from './recording-sink.ts'

const MIB = 1024 * 1024

describe('what a request leaves behind', () => {
  let collect: CollectYoung
  beforeEach((test) => {
    const found = youngCollector()
    if (found === undefined) test.skip('this runtime shows nobody its young collector')
    else collect = found
  })

  /** Octets of the heap that stay after the young collector. */
  function left(): number {
    collect({ type: 'minor' })
    collect({ type: 'minor' })
    return process.memoryUsage().heapUsed
  }

  it('is gone with the next collection of young objects, with the doors of its environ', () => {
    const request = () =>
      play(
        (environ, startResponse) => {
          // Known by its size, whatever else the heap holds.
          environ['test.ballast'] = new Array(4096).fill(0)
          startResponse('200 OK', [])
          return ''
        },
        { lawless: true }, // the test's own validator would remember it
      )
    for (let i = 0; i < 20; i++) request()
    const before = left()
    for (let i = 0; i < 400; i++) request()
    expect(left() - before).toBeLessThan(4 * MIB)
  })
})
