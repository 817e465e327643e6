/** How many workers serve, through crashes, reloads and changes of mind. */
import { describe, expect, it } from 'vitest'
import { Logger } from '../../../packages/server/src/log/logger.ts'
import { type PooledWorker, WorkerPool } from '../../../packages/server/src/master/worker-pool.ts'
import { MOVES, type WorkerState } from '../../../packages/server/src/master/worker-process.ts'

/** A worker without a process. */
class Worker implements PooledWorker {
  readonly slot: number
  readonly pid: number
  readonly startedAt = performance.now()
  readonly age = 60_000
  readonly overdue = false
  isCondemned = false
  state: WorkerState = 'booting'

  constructor(slot: number, pid: number) {
    this.slot = slot
    this.pid = pid
  }

  get serves(): boolean {
    return this.state === 'ready' || this.state === 'stale'
  }

  become(state: WorkerState): void {
    if (!MOVES[this.state].includes(state)) throw new Error(`no move from ${this.state} to ${state}`)
    this.state = state
  }

  retire(): void {
    if (this.state !== 'retiring') this.become('retiring')
  }

  leaves(): void {
    this.become('retiring')
  }

  kill(): void {
    this.isCondemned = true
  }
}

function poolOf(wanted: number) {
  const all: Worker[] = []
  const ends: (string | undefined)[] = []
  const pool = new WorkerPool<Worker>({
    wanted,
    slots: 64,
    patience: () => ({ grace: 1000, linger: 0, bootTime: 60_000, bootStill: 55_000 }),
    draining: () => false,
    start: (slot) => {
      const worker = new Worker(slot, all.length + 1)
      all.push(worker)
      return worker
    },
    logger: new Logger({ target: '/dev/null', level: 'critical' }),
    reloaded: (failure) => ends.push(failure),
  })
  /** What the master's loop does after each event. */
  const then = (event: () => void) => {
    event()
    for (let turn = 0; turn < 10; turn++) pool.maintain()
  }
  then(() => undefined)
  return {
    pool,
    all,
    ends,
    then,
    /** All that load are ready, one after the other, until none loads any more. */
    settle() {
      for (let booting = next(all); booting !== undefined; booting = next(all)) {
        const worker = booting
        then(() => pool.ready(worker))
      }
    },
    states: () => all.filter(({ state }) => state !== 'gone').map(({ pid, state }) => `${pid} ${state}`),
  }
}

function next(all: readonly Worker[]): Worker | undefined {
  return all.find(({ state }) => state === 'booting')
}

const FAILURE = { type: 'failed', message: 'no database', detail: undefined } as const

describe('the number of workers', () => {
  it('falls at the cost of those that load yet, so that nobody is without one that serves', () => {
    const { pool, then, settle, states } = poolOf(1)
    settle()
    then(() => {
      pool.wanted = 4
    })
    expect(states()).toEqual(['1 ready', '2 booting', '3 booting', '4 booting'])
    then(() => {
      pool.wanted = 2
    })
    expect(states()).toEqual(['1 ready', '2 booting', '3 retiring', '4 retiring'])
    then(() => {
      pool.wanted = 1
    })
    expect(states()).toEqual(['1 ready', '2 retiring', '3 retiring', '4 retiring'])
  })

  it('is kept up during a slow reload: what crashes is replaced at once', () => {
    const { pool, all, then, settle, states } = poolOf(3)
    settle()
    then(() => pool.reload())
    expect(states()).toEqual(['1 stale', '2 stale', '3 stale', '4 booting'])
    then(() => all[0] && pool.exited(all[0], { code: 1, signal: null }))
    expect(states()).toEqual(['2 stale', '3 stale', '4 booting'])
    then(() => all[1] && pool.exited(all[1], { code: 1, signal: null }))
    expect(states()).toEqual(['3 stale', '4 booting', '5 booting'])
  })
})

describe('a reload', () => {
  it('is over when all new ones serve, and not before', () => {
    const { pool, ends, then, settle, states } = poolOf(2)
    settle()
    then(() => pool.reload())
    expect(ends).toEqual([])
    settle()
    expect(ends).toEqual([undefined])
    expect(pool.reloads).toBe(1)
    expect(states()).toEqual(['1 retiring', '2 retiring', '3 ready', '4 ready'])
  })

  it('is over although workers are being replaced for another reason at every moment', () => {
    const { pool, all, ends, then } = poolOf(2)
    for (const worker of all) then(() => pool.ready(worker))
    then(() => pool.reload())
    for (let turn = 0; turn < 3; turn++) {
      const worker = next(all)
      if (worker === undefined) throw new Error('nobody loads')
      then(() => pool.ready(worker))
      then(() => pool.replace(worker, 'it has answered 50 requests', true))
    }
    expect(ends).toEqual([undefined])
  })

  it('that is asked for again begins again, and what the first one started is of no interest any more', () => {
    const { pool, all, ends, then, settle, states } = poolOf(2)
    settle()
    then(() => pool.reload())
    then(() => pool.reload())
    expect(states()).toEqual(['1 stale', '2 stale', '3 retiring', '4 booting'])
    const [, , third] = all
    then(() => third && pool.failed(third, FAILURE))
    expect(ends).toEqual([])
    expect(states()).toEqual(['1 stale', '2 stale', '3 retiring', '4 booting'])
    settle()
    expect(ends).toEqual([undefined])
  })

  it('whose worker fails, or dies, keeps the old ones', () => {
    for (const how of ['fails', 'dies']) {
      const { pool, all, ends, then, settle, states } = poolOf(2)
      settle()
      then(() => pool.reload())
      const [, , third] = all
      then(() => {
        if (third === undefined) return
        if (how === 'fails') pool.failed(third, FAILURE)
        else pool.exited(third, { code: null, signal: 'SIGSEGV' })
      })
      expect(states().slice(0, 2)).toEqual(['1 ready', '2 ready'])
      expect(ends).toEqual([how === 'fails' ? 'no database' : 'the new worker was killed by SIGSEGV'])
      expect(pool.reloads).toBe(0)
    }
  })
})

describe('a worker for which there is no process', () => {
  it('is tried again later, and the others serve on', () => {
    const { pool, all, ends, then, settle, states } = poolOf(2)
    settle()
    then(() => pool.reload())
    const [, , third] = all
    then(() => third && pool.exited(third, { code: 1, signal: null, notStarted: 'spawn EMFILE' }))
    expect(ends).toEqual(['the new worker could not be started: spawn EMFILE'])
    expect(states().slice(0, 2)).toEqual(['1 ready', '2 ready'])
  })

  it('ends nothing, also where Node throws the reason', () => {
    const pool = new WorkerPool<Worker>({
      wanted: 2,
      slots: 4,
      patience: () => ({ grace: 1000, linger: 0, bootTime: 60_000, bootStill: 55_000 }),
      draining: () => false,
      start: () => {
        throw new Error('spawn ENOMEM')
      },
      logger: new Logger({ target: '/dev/null', level: 'critical' }),
      reloaded: () => undefined,
    })
    pool.maintain()
    expect(pool.workers.size).toBe(0)
    expect(pool.patience).toBeGreaterThan(0)
  })
})
