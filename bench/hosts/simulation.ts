/**
 * Many hosts as a discrete-event simulation: clients in a closed loop, a balancer that retries and leaves failing hosts
 * alone, hosts with a number of workers, one of which hangs or is gone for a while. Knows no sockets; times are in
 * milliseconds. test/deploy/simulation.test.ts holds it against three real hosts.
 */

export interface Scenario {
  readonly hosts: number
  /** Requests that one host works on at a time. */
  readonly workers: number
  /** Of one request on one worker, and of the way to it and back. */
  readonly serviceMs: number
  readonly networkMs: number
  readonly clients: number
  readonly durationMs: number
  /** The balancer gives an attempt up after this. */
  readonly attemptTimeoutMs: number
  readonly tries: number
  /** A host that failed gets nothing for so long. */
  readonly failTimeoutMs: number
  /** Hosts that hang (no reset, nothing) or refuse connections, from when to when. */
  readonly faults: readonly Fault[]
}

export interface Fault {
  readonly host: number
  readonly kind: 'hang' | 'refuse'
  readonly from: number
  readonly to: number
}

export interface Outcome {
  readonly responses: number
  readonly failures: number
  /** Responses that took longer than a second. */
  readonly slow: number
  readonly perSecond: number
  readonly longestMs: number
}

interface Event {
  readonly at: number
  readonly act: () => void
}

interface Host {
  /** When each worker is free again. */
  readonly freeAt: number[]
  underWay: number
  leftAloneUntil: number
}

export function simulate(scenario: Scenario): Outcome {
  return new Simulation(scenario).run()
}

class Simulation {
  readonly #scenario: Scenario
  readonly #hosts: Host[]
  readonly #events: Event[] = []
  #now = 0
  #responses = 0
  #failures = 0
  #slow = 0
  #longest = 0

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    const workers = () => Array.from({ length: scenario.workers }, () => 0)
    this.#hosts = Array.from({ length: scenario.hosts }, () => ({ freeAt: workers(), underWay: 0, leftAloneUntil: 0 }))
  }

  run(): Outcome {
    const { clients, durationMs } = this.#scenario
    // Not all in the same millisecond: clients do not know of each other.
    for (let client = 0; client < clients; client++) this.#in(client / clients, () => this.#request())
    for (let event = this.#events.pop(); event !== undefined; event = this.#events.pop()) {
      this.#now = event.at
      event.act()
    }
    const [responses, failures, slow, longestMs] = [this.#responses, this.#failures, this.#slow, this.#longest]
    return { responses, failures, slow, longestMs, perSecond: responses / (durationMs / 1000) }
  }

  /** The queue is ordered from the last event to the first. */
  #in(delay: number, act: () => void): void {
    const at = this.#now + delay
    let [low, high] = [0, this.#events.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle]?.at ?? 0) > at) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, { at, act })
  }

  #request(): void {
    if (this.#now >= this.#scenario.durationMs) return
    this.#attempt(this.#now, this.#scenario.tries, new Set())
  }

  #attempt(begun: number, triesLeft: number, tried: ReadonlySet<Host>): void {
    const host = this.#choose(tried)
    if (triesLeft === 0 || host === undefined) {
      this.#end(begun, false)
      return
    }
    const { attemptTimeoutMs, failTimeoutMs, networkMs } = this.#scenario
    const again = () => {
      host.leftAloneUntil = this.#now + failTimeoutMs
      this.#attempt(begun, triesLeft - 1, new Set([...tried, host]))
    }
    const fault = this.#faultOf(host, this.#now)
    if (fault?.kind === 'refuse') {
      this.#in(networkMs, again)
      return
    }
    const doneAt = this.#serve(host, this.#now + networkMs / 2) + networkMs / 2
    const wait = doneAt - this.#now
    host.underWay++
    this.#in(Math.min(wait, attemptTimeoutMs), () => {
      host.underWay--
      if (wait > attemptTimeoutMs) again()
      else this.#end(begun, true)
    })
  }

  /** The least used host that is not left alone; when all are, any that was not tried. */
  #choose(tried: ReadonlySet<Host>): Host | undefined {
    const untried = this.#hosts.filter((host) => !tried.has(host))
    const healthy = untried.filter((host) => host.leftAloneUntil <= this.#now)
    const candidates = healthy.length > 0 ? healthy : untried
    return candidates.reduce<Host | undefined>(
      (least, host) => (least === undefined || host.underWay < least.underWay ? host : least),
      undefined,
    )
  }

  /** @returns when the response leaves the host. */
  #serve(host: Host, arrives: number): number {
    const worker = host.freeAt.indexOf(Math.min(...host.freeAt))
    let begins = Math.max(arrives, host.freeAt[worker] ?? 0)
    const fault = this.#faultOf(host, begins)
    if (fault?.kind === 'hang') begins = fault.to
    host.freeAt[worker] = begins + this.#scenario.serviceMs
    return begins + this.#scenario.serviceMs
  }

  #faultOf(host: Host, at: number): Fault | undefined {
    const index = this.#hosts.indexOf(host)
    return this.#scenario.faults.find((fault) => fault.host === index && at >= fault.from && at < fault.to)
  }

  #end(begun: number, isResponse: boolean): void {
    const took = this.#now - begun
    this.#longest = Math.max(this.#longest, took)
    if (isResponse) this.#responses++
    else this.#failures++
    if (took > 1000) this.#slow++
    this.#request()
  }
}
