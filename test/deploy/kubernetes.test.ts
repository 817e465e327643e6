/**
 * The Kubernetes manifests and the compose file: every object is valid by Kubernetes' own schemas, and what it says of
 * ports, probes, times and options is what the server has.
 */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endCommandsAfterEach, ROOT, tsgi } from '../support/command.ts'
import { recipe } from '../support/front.ts'

endCommandsAfterEach()

const FOLDER = join(ROOT, 'test/deploy/manifests')
const isInstalled = existsSync(join(FOLDER, 'node_modules/kubernetes-models'))
const title = isInstalled ? '' : ' (skipped: needs `pnpm --dir test/deploy/manifests install`)'

/** The packages of that workspace; none of them is typed here. */
function load(name: string): Record<string, unknown> {
  const loaded: Record<string, unknown> = createRequire(join(FOLDER, 'package.json'))(name)
  return loaded
}

function parseAll(text: string): Record<string, unknown>[] {
  const { parseAllDocuments } = load('yaml')
  if (typeof parseAllDocuments !== 'function') throw new Error('yaml has changed')
  return parseAllDocuments(text).map((document: { toJS(): unknown; errors: unknown[] }) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
}

/** @throws with every breach of the schema. */
function validate(object: Record<string, unknown>): void {
  const { apiVersion, kind } = object
  const Model = load(`kubernetes-models/${apiVersion}`)[String(kind)]
  if (typeof Model !== 'function') throw new Error(`there is no ${apiVersion} ${kind}`)
  Reflect.construct(Model, [object]).validate()
}

/** The value at a path of keys and indices. */
function at(object: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => Object(value)[key], object)
}

/** Options by name, as in `--bind=0.0.0.0:8000`. */
function optionsOf(words: unknown): Map<string, string> {
  const pairs = Array.from(Object(words), String).map((word) => /^--([a-z-]+)=(.*)$/.exec(word))
  return new Map(pairs.map((found) => [found?.[1] ?? '', found?.[2] ?? '']))
}

describe.skipIf(!isInstalled)(`the Kubernetes manifests${title}`, () => {
  const files = readdirSync(join(ROOT, 'examples/deploy/kubernetes')).filter((name) => name.endsWith('.yaml'))
  const objects = isInstalled ? files.flatMap((name) => parseAll(recipe(`kubernetes/${name}`, {}))) : []
  const named = (kind: string) => objects.find((object) => object.kind === kind)
  const pod = at(named('Deployment'), 'spec', 'template', 'spec')
  const container = at(pod, 'containers', 0)

  it.each(objects.map((object) => [object.kind, object] as const))('%s is valid', (_, object) => validate(object))

  it('a fault in any of them would be seen', () => {
    const deployment = structuredClone(named('Deployment') ?? {})
    Object.assign(Object(at(deployment, 'spec')), { replicas: 'three' })
    expect(() => validate(deployment)).toThrow(/replicas/)
    const probe = structuredClone(named('Deployment') ?? {})
    delete Object(at(probe, 'spec', 'template', 'spec', 'containers', 0, 'readinessProbe', 'httpGet')).port
    expect(() => validate(probe)).toThrow(/port/)
  })

  it('selects the pods that it makes', () => {
    const labels = at(named('Deployment'), 'spec', 'template', 'metadata', 'labels')
    expect(at(named('Deployment'), 'spec', 'selector', 'matchLabels')).toEqual(labels)
    expect(at(named('Service'), 'spec', 'selector')).toEqual(labels)
    expect(at(named('PodDisruptionBudget'), 'spec', 'selector', 'matchLabels')).toEqual(labels)
    expect(at(named('Ingress'), 'spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'name')).toBe(
      at(named('Service'), 'metadata', 'name'),
    )
  })

  it('asks the probes that the server has, at the port where they are', () => {
    const options = optionsOf(at(container, 'args'))
    const ports = at(container, 'ports')
    const portOf = (name: string) =>
      Array.isArray(ports) ? ports.find((port) => port.name === name)?.containerPort : 0
    expect(options.get('bind')).toBe(`0.0.0.0:${portOf('http')}`)
    expect(options.get('metrics')).toBe(`0.0.0.0:${portOf('metrics')}`)
    expect(at(container, 'readinessProbe', 'httpGet')).toEqual({ path: '/-/ready', port: 'metrics' })
    for (const probe of ['livenessProbe', 'startupProbe'])
      expect(at(container, probe, 'httpGet')).toEqual({ path: '/-/health', port: 'metrics' })
  })

  it('waits for preStop and --graceful-timeout before it kills', () => {
    const [, preStop] = Array.from(Object(at(container, 'lifecycle', 'preStop', 'exec', 'command')))
    const graceful = Number(optionsOf(at(container, 'args')).get('graceful-timeout') ?? 30)
    expect(Number(at(pod, 'terminationGracePeriodSeconds'))).toBeGreaterThan(Number(preStop) + graceful)
  })

  it('gives a read-only container a /tmp', () => {
    expect(at(container, 'securityContext', 'readOnlyRootFilesystem')).toBe(true)
    expect(at(container, 'volumeMounts', 0, 'mountPath')).toBe('/tmp')
  })

  it('names options that the command takes', async () => {
    const [, ...command] = Array.from(Object(at(container, 'command'))).map(String)
    const words = [...command, ...Array.from(Object(at(container, 'args'))).map(String), '--print-config']
    const printed = tsgi(words.map((word) => word.replace('app.ts', join(ROOT, 'test/deploy/application.ts'))))
    expect((await printed.exit()).code, printed.output).toBe(0)
  })
})

describe.skipIf(!isInstalled)(`the compose file${title}`, () => {
  const [file] = isInstalled ? parseAll(recipe('compose/compose.yaml', {})) : []
  const shop = at(file, 'services', 'shop')

  it('has a process 1 that collects orphans, and time for requests to end', () => {
    expect(at(shop, 'init')).toBe(true)
    expect(Number.parseInt(String(at(shop, 'stop_grace_period')), 10)).toBeGreaterThan(30)
  })

  it('believes the network that it makes', () => {
    const options = optionsOf(at(shop, 'command'))
    expect(at(file, 'networks', 'inside', 'ipam', 'config', 0, 'subnet')).toBe(options.get('forwarded-allow-ips'))
  })

  it('mounts files that are there', () => {
    const volumes = at(file, 'services', 'nginx', 'volumes')
    const [mounted = ''] = Array.from(Object(volumes)).map((volume) => String(volume).split(':')[0] ?? '')
    expect(existsSync(join(ROOT, 'examples/deploy/compose', mounted))).toBe(true)
  })

  it('names options that the command takes', async () => {
    const [, ...command] = Array.from(Object(at(shop, 'command'))).map(String)
    const words = command.map((word) => word.replace('app.ts', join(ROOT, 'test/deploy/application.ts')))
    const printed = tsgi([...words, '--print-config'])
    expect((await printed.exit()).code, printed.output).toBe(0)
  })
})
