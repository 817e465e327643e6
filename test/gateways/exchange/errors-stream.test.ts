import { expect, it, vi } from 'vitest'
import { consoleErrors } from '../../../packages/gateways/src/exchange/errors-stream.ts'

it('writes to the console, which ends lines itself, and reads nothing as a format', async () => {
  const lines: unknown[][] = []
  const spy = vi.spyOn(console, 'error').mockImplementation((...parts) => void lines.push(parts))
  consoleErrors.write('one %s\n')
  consoleErrors.flush()
  consoleErrors.write('GET / failed')
  consoleErrors.write(': Error\n')
  await Promise.resolve()
  consoleErrors.writelines(['a\n', 'b\n'])
  consoleErrors.flush()
  await Promise.resolve()
  spy.mockRestore()
  expect(lines).toEqual([['one %s'], ['GET / failed: Error'], ['a\nb']])
})
