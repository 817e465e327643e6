/**
 * Lends workers the shares of limits that their requests wait for. Answers at once, outside the turns of the master's loop. The counts
 * are kept over reloads and when a worker dies. Knows the messages; how it is counted is `rates`'.
 */
import { RateCounts } from '../rates/rate-counts.ts'
import type { Incidents } from './incidents.ts'
import type { WorkerEvent } from './worker-process.ts'

export class Lender {
  readonly #rates = new RateCounts()

  /** Answers what asks for shares; `put` gets every other event. */
  before(put: (event: WorkerEvent) => void, incidents: Incidents): (event: WorkerEvent) => void {
    return (event) => {
      if (event.type !== 'message' || event.message.type !== 'take') return put(event)
      const { id, counts } = event.message
      incidents.run('counting requests', () => {
        event.worker.send({ type: 'taken', id, results: counts.map((count) => this.#rates.take(count)) })
      })
    }
  }
}
