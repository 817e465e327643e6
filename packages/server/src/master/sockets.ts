/**
 * All sockets of the server together: opened at the beginning, handed to every worker, looked after, changed by a reload,
 * closed at the end. Knows which is for what; one socket is `listeners`'.
 */
import type { Bind } from '../config/bind.ts'
import { nameOf } from '../config/bind.ts'
import { ConfigError } from '../config/config-error.ts'
import type { InheritedSocket } from '../ipc/inheritance.ts'
import type { InheritedListener } from '../ipc/messages.ts'
import type { Logger } from '../log/logger.ts'
import { bindListeners, inheritedListener, type Listener } from './listeners.ts'
import type { Reach, UnixSocketOwner } from './unix-socket.ts'

type Place = Pick<Listener, 'bind' | 'purpose'>

export class Sockets {
  readonly #owner: UnixSocketOwner
  /** For the workers that start from now on. */
  #listeners: readonly Listener[] = []
  /** Those that are known to serve; others than `#listeners` while a reload is not over. */
  #proven: readonly Listener[] = []
  /** All that are open: old workers may still listen on what new ones do not get. */
  readonly #open = new Set<Listener>()
  /** False while another master may still serve on what was inherited. */
  #isOwner = false
  #lost = 0
  #unknown = 0

  constructor(owner: UnixSocketOwner) {
    this.#owner = owner
  }

  /**
   * @param monitor where `--metrics` is served.
   * @param inherited sockets of the master that this one replaces: a place that is among them is not bound.
   * @throws ConfigError
   */
  async open(
    binds: readonly Bind[],
    monitor: Bind | undefined,
    inherited: readonly InheritedSocket[] = [],
  ): Promise<void> {
    for (const socket of inherited) this.#open.add(inheritedListener(socket, () => this.#isOwner))
    const change = await this.renew(binds, monitor)
    change()
    this.#proven = this.#listeners
  }

  /** The master before this one has let go: what was inherited is ours. */
  own(): void {
    this.#isOwner = true
  }

  /** For the master that replaces this one. */
  get heirlooms(): readonly InheritedSocket[] {
    return this.#listeners.map(({ purpose, bind, fd, file }) => ({ purpose, bind, fd, file }))
  }

  /** Another master has the sockets: nothing is closed or removed here but what it did not get. */
  handOver(): void {
    for (const listener of this.#listeners) this.#open.delete(listener)
    this.close()
  }

  /** In this process. */
  get descriptors(): readonly number[] {
    return this.#listeners.map((listener) => listener.fd)
  }

  /** As a worker has them whose first inherited socket is `first`. */
  inherited(first: number): readonly InheritedListener[] {
    return this.#listeners.map(({ bind, purpose }, index) => ({ bind, purpose, fd: first + index }))
  }

  /** A worker's addresses, in the order of the sockets, by what they serve. */
  named(all: readonly string[]): { readonly addresses: readonly string[]; readonly monitor: string | undefined } {
    const those = (purpose: Place['purpose']) => all.filter((_, at) => this.#listeners[at]?.purpose === purpose)
    return { addresses: those('application'), monitor: those('monitor')[0] }
  }

  /** Whether old workers listen where new ones will not: what is queued there only they can take. */
  get isLeavingOne(): boolean {
    return [...this.#open].some((listener) => !this.#listeners.includes(listener))
  }

  /** Logs once what no client could report. */
  lookAfter(logger: Logger): void {
    const reaches = this.#listeners.map((listener) => listener.reach())
    const lost = countOf(reaches, 'lost')
    if (lost > this.#lost) logger.error('the file of a unix socket was deleted or replaced; SIGHUP makes it again')
    this.#lost = lost
    const unknown = countOf(reaches, 'unknown')
    if (unknown > this.#unknown)
      logger.warning('the folder of a unix socket cannot be searched any more: whether clients reach it is unknown')
    this.#unknown = unknown
  }

  /**
   * Binds the new places among these, and creates unix sockets again whose file was deleted. Nothing changes until the
   * result is called; after that, `prove` and `settle`, or `restore`, end the change.
   * @throws ConfigError when a place is taken: then nothing has changed either.
   */
  async renew(binds: readonly Bind[], monitor: Bind | undefined): Promise<() => void> {
    const places = placesOf(binds, monitor)
    const known = new Set([...this.#open].filter((listener) => listener.reach() !== 'lost'))
    const kept = places.map((place) => takeFrom(known, place))
    const fresh = await this.#bind(places.filter((_, index) => kept[index] === undefined))
    return () => {
      const made = fresh.values()
      this.#listeners = kept.flatMap((listener) => listener ?? made.next().value ?? [])
      this.#lost = 0
      this.#unknown = 0
    }
  }

  /** A worker serves on the new sockets: they stay. */
  prove(): void {
    this.#proven = this.#listeners
  }

  /** All workers do: the others are closed. */
  settle(): void {
    this.#closeAllBut(this.#listeners)
  }

  /** No worker does: what was bound for them is closed, and the old sockets stay. */
  restore(): void {
    this.#listeners = this.#proven
    this.#closeAllBut(this.#proven)
  }

  close(): void {
    this.#closeAllBut([])
    this.#listeners = this.#proven = []
  }

  async #bind(places: readonly Place[]): Promise<readonly Listener[]> {
    const listeners = await bindListeners(places, this.#owner)
    for (const listener of listeners) this.#open.add(listener)
    return listeners
  }

  #closeAllBut(kept: readonly Listener[]): void {
    for (const listener of this.#open) {
      if (kept.includes(listener)) continue
      this.#open.delete(listener)
      listener.close()
    }
  }
}

function countOf(reaches: readonly Reach[], wanted: Reach): number {
  return reaches.filter((reach) => reach === wanted).length
}

/** @throws ConfigError for one that is given twice: "in use" would have the operator look for another process. */
function placesOf(binds: readonly Bind[], monitor: Bind | undefined): readonly Place[] {
  const places: Place[] = binds.map((bind) => ({ bind, purpose: 'application' }))
  if (monitor !== undefined) places.push({ bind: monitor, purpose: 'monitor' })
  const twice = places.find(({ bind }, at) => places.slice(0, at).some((other) => excludes(other.bind, bind)))
  if (twice !== undefined) throw new ConfigError(`${nameOf(twice.bind)} is given twice; leave one out`)
  return places
}

/** Port 0 is another one each time. */
function excludes(one: Bind, other: Bind): boolean {
  return isSame(one, other) && !(one.kind === 'tcp' && one.port === 0)
}

/** Takes the listener of this place out of the set, if it is there. */
function takeFrom(known: Set<Listener>, place: Place): Listener | undefined {
  for (const listener of known) {
    if (listener.purpose !== place.purpose || !isSame(listener.bind, place.bind)) continue
    known.delete(listener)
    return listener
  }
  return undefined
}

function isSame(one: Bind, other: Bind): boolean {
  if (one.kind === 'tcp') return other.kind === 'tcp' && one.host === other.host && one.port === other.port
  if (one.kind === 'unix') return other.kind === 'unix' && one.path === other.path
  return other.kind === 'fd' && one.fd === other.fd
}
