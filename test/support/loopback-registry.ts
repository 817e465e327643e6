/**
 * A registry on the loopback interface that holds the packed packages and nothing else. Clients ask it for our scope, and
 * their usual registry for the rest. Speaks the three requests of an install: packument, version, tarball.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type PackedPackage, tarballName } from './packed-packages.ts'

/** Old enough for every client that lets releases age before it installs them. */
const PUBLISHED_AT = '2020-01-01T00:00:00.000Z'

export class LoopbackRegistry implements AsyncDisposable {
  readonly #server: Server
  readonly #packages: ReadonlyMap<string, PackedPackage>

  private constructor(packages: readonly PackedPackage[]) {
    this.#packages = new Map(packages.map((each) => [each.name, each]))
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '').slice(1)
      const found =
        this.#packages.get(path) ?? [...this.#packages.values()].find((each) => `${each.name}/latest` === path)
      const packed = [...this.#packages.values()].find((each) => path === `${each.name}/-/${tarballName(each)}`)
      response.setHeader('Cache-Control', 'no-store')
      if (packed !== undefined) response.end(readFileSync(packed.tarball))
      else if (found === undefined) response.writeHead(404).end('{"error":"not here"}')
      else response.setHeader('Content-Type', 'application/json').end(JSON.stringify(this.#describe(found, path)))
    })
  }

  static async start(packages: readonly PackedPackage[]): Promise<LoopbackRegistry> {
    const registry = new LoopbackRegistry(packages)
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  /** `http://127.0.0.1:PORT/` */
  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the registry does not listen')
    return `http://127.0.0.1:${address.port}/`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #describe(packed: PackedPackage, path: string): unknown {
    const { name, version, manifest, tarball } = packed
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    const dist = { tarball: `${this.url}${name}/-/${tarballName(packed)}`, integrity }
    const published = { ...manifest, _id: `${name}@${version}`, dist }
    if (path !== name) return published
    const time = { created: PUBLISHED_AT, modified: PUBLISHED_AT, [version]: PUBLISHED_AT }
    return { name, 'dist-tags': { latest: version }, versions: { [version]: published }, time }
  }
}
