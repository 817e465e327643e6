/** Threads of a Python process: requests that wait share them all, requests that compute do not fight for the lock. */
import { describe, it } from 'vitest'
import { findPython, servePythonForTest, skipReason } from './python-server.ts'

const python = findPython()
if (python === undefined) console.warn(skipReason())

const THREADS = 16

describe.skipIf(python === undefined)(`threads${python === undefined ? ` — ${skipReason()}` : ''}`, () => {
  it('serve requests that wait all at once', async () => {
    const server = await servePythonForTest('probe:unchecked', { threads: THREADS })
    const client = async (): Promise<number> => {
      let most = 0
      for (let count = 0; count < 20; count++) most = Math.max(most, Number(await server.text('/busy?sleep=0.02')))
      return most
    }
    // With a delay of 2 ms for each thread no more than ten would be busy in 20 ms. A loaded machine needs more rounds.
    for (let most = 0; most <= 12; ) most = Math.max(...(await Promise.all(Array.from({ length: THREADS }, client))))
  })

  it('do not share requests that compute', async () => {
    const server = await servePythonForTest('probe:unchecked', { threads: THREADS })
    const client = async (): Promise<number[]> => {
      const busy: number[] = []
      for (let count = 0; count < 100; count++) busy.push(Number(await server.text('/busy')))
      return busy
    }
    // On a loaded machine the process may look idle for a while.
    for (let median = THREADS; median >= THREADS / 2; ) {
      const busy = (await Promise.all(Array.from({ length: THREADS }, client))).flat().sort((a, b) => a - b)
      median = busy[Math.floor(busy.length / 2)] ?? 0
    }
  })
})
