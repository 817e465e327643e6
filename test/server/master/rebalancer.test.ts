/** Who stands still, and who only seems to. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createScoreboard, Scoreboard } from '../../../packages/server/src/ipc/scoreboard.ts'
import { Logger } from '../../../packages/server/src/log/logger.ts'
import { Rebalancer } from '../../../packages/server/src/master/rebalancer.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-test-'))
const board = new Scoreboard(createScoreboard(4, folder), 4)
rmSync(folder, { recursive: true })
const logger = new Logger({ target: '/dev/null', level: 'critical' })
const TIMEOUT = 5_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

function scene() {
  const worker = { slot: 1, state: 'ready' as const, isCondemned: false, isHeld: false, pid: 7, kill: vi.fn() }
  worker.kill.mockImplementation(() => {
    worker.isCondemned = true
  })
  const dispatch = new Rebalancer(board)
  return {
    worker,
    beat: () => board.set(1, 'heartbeat', Date.now()),
    /** Turns of the master's loop, one a second. */
    turn(count: number, seen = () => undefined) {
      for (let second = 0; second < count; second++) {
        vi.advanceTimersByTime(1_000)
        seen()
        dispatch.killSilent([worker], TIMEOUT, logger)
      }
    },
  }
}

describe('a worker that is not heard of', () => {
  it('is killed after the timeout and the time that its watchdog may take, once', () => {
    const { worker, beat, turn } = scene()
    beat()
    turn(8)
    expect(worker.kill).not.toHaveBeenCalled()
    turn(3)
    expect(worker.kill).toHaveBeenCalledOnce()
  })

  it('is left alone when the clock was set', () => {
    const { worker, beat, turn } = scene()
    beat()
    turn(1)
    vi.setSystemTime(Date.now() + 3_600_000)
    turn(2)
    beat()
    turn(2)
    expect(worker.kill).not.toHaveBeenCalled()
  })

  it('is left alone when all were stopped together, as in a container that is paused', () => {
    const { worker, beat, turn } = scene()
    beat()
    turn(1)
    vi.advanceTimersByTime(60_000)
    turn(2)
    beat()
    turn(2)
    expect(worker.kill).not.toHaveBeenCalled()
  })
})
