import { expect, it } from 'vitest'
import { configure } from '../../../packages/server/src/config/configuration.ts'
import { workerTimeoutsOf } from '../../../packages/server/src/master/worker-timeouts.ts'

it.each<[object, number]>([
  [{}, 60_000],
  [{ timeout: 90 }, 90_000],
  [{ timeout: 5 }, 60_000],
  [{ timeout: 'off' }, 2 ** 31 - 1 - 5_000],
  [{ loadTimeout: 10 }, 10_000],
  [{ loadTimeout: 300, timeout: 5 }, 300_000],
  [{ loadTimeout: 'off' }, 2 ** 31 - 1 - 5_000],
])('%j: loading may take %i ms, and the report of it 5 s more', (values, milliseconds) => {
  const { bootStill, bootTime } = workerTimeoutsOf(
    configure({ settings: { place: 'x', values: { ...values } } }).config,
  )
  expect(bootStill).toBe(milliseconds)
  expect(bootTime).toBe(milliseconds + 5_000)
})
