/** The one table of options, and everything that derives from it. */
import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../../packages/server/src/cli/arguments.ts'
import { helpTable, optionsHelp } from '../../../packages/server/src/cli/help.ts'
import { configText, configure } from '../../../packages/server/src/config/configuration.ts'
import { flagName, OPTION_NAMES, OPTIONS, variableName } from '../../../packages/server/src/config/options.ts'

const configured = (...argv: string[]) => configure({ flags: parseArguments(argv).given }).config

describe('the table', () => {
  it.each(OPTION_NAMES)('%s is in the help and in the table of the documentation', (name) => {
    expect(optionsHelp()).toContain(`--${OPTIONS[name].metavar === undefined ? '[no-]' : ''}${flagName(name)}`)
    expect(helpTable()).toContain(`\`${variableName(name)}\``)
    expect(OPTIONS[name].help).toMatch(/\.$/)
  })

  it.each(OPTION_NAMES)('%s: what it shows of its default is read back as the default', (name) => {
    const option: { cast(texts: readonly string[]): unknown; show(value: never): readonly string[]; initial: unknown } =
      OPTIONS[name]
    const texts = option.show(option.initial as never)
    if (texts.length > 0) expect(option.cast(texts)).toEqual(option.initial)
  })

  it('has one-letter flags that differ', () => {
    const letters = OPTION_NAMES.flatMap((name) => ('short' in OPTIONS[name] ? [OPTIONS[name].short] : []))
    expect(new Set(letters).size).toBe(letters.length)
  })
})

describe('flags', () => {
  it.each<[string[], object]>([
    [['--workers', '4'], { workers: 4 }],
    [['--workers=4'], { workers: 4 }],
    [['-w', '4'], { workers: 4 }],
    [['-w4'], { workers: 4 }],
    [['--limit-request-field_size', '100'], { limitRequestFieldSize: 100 }],
    [['--max-memory', '512m'], { maxMemory: 512 * 1024 * 1024 }],
    [['--max-memory', 'off'], { maxMemory: 0 }],
    [['--timeout', 'off'], { timeout: 0 }],
    [['--timeout', '0'], { timeout: 0 }],
    [['--graceful-timeout', '0.5'], { gracefulTimeout: 0.5 }],
    [['--reload'], { reload: true }],
    [['--no-reload'], { reload: false }],
    [['--umask', '027'], { umask: 0o027 }],
    [['--access-logfile', '-'], { accessLogfile: '-' }],
    [
      ['-b', ':80', '-b', 'unix:/run/a.sock'],
      {
        bind: [
          { kind: 'tcp', host: '', port: 80 },
          { kind: 'unix', path: '/run/a.sock' },
        ],
      },
    ],
  ])('%j', (argv, expected) => {
    expect(configured(...argv)).toMatchObject(expected)
  })

  it('leave words alone, and end at --', () => {
    expect(parseArguments(['serve', '-w', '2', 'app.ts', '--', '--workers'])).toMatchObject({
      words: ['serve', 'app.ts', '--workers'],
    })
  })

  it.each<[string[], string]>([
    [['--wrokers', '4'], 'unknown option --wrokers; did you mean --workers?'],
    [['--completely-else'], 'unknown option --completely-else; tsgi help options lists them all'],
    [['-x'], 'unknown option -x; tsgi help options lists them all'],
    [['--workers'], '--workers needs a value: --workers N'],
    [['--workers', '--reload'], '--workers needs a value: --workers N'],
    [['--reload=yes'], '--reload takes no value: leave yes out'],
    [['--workers', '1', '-w', '2'], '-w is given twice: 1 and 2'],
    [['--workers', '0'], '--workers 0: must be a whole number of at least 1'],
    [['--workers', '1e3'], '--workers 1e3: must be a whole number of at least 1'],
    [['--workers', ' 4'], '--workers  4: must be a whole number of at least 1'],
    [['--keep-alive', '0'], '--keep-alive 0: must be a number of seconds, more than 0, at most 86400'],
    [['--keep-alive', 'NaN'], '--keep-alive NaN: must be a number of seconds, more than 0, at most 86400'],
    [['--log-level', 'loud'], '--log-level loud: must be one of debug, info, warning, error, critical'],
    [['--umask', '999'], '--umask 999: must be an octal mode such as 660'],
    [['--pid', ''], '--pid : must not be empty'],
    [['-p', '3000'], '-p names a pid file: say --port 3000, or ./3000 for a file of that name'],
    [['--port', '65536'], '--port 65536: must be a port from 0 to 65535'],
    [['--port', '-1'], '--port -1: must be a port from 0 to 65535'],
    [['--host', 'a:80'], 'must be an address or a host name'],
    [['--host', 'http://a'], 'must be an address or a host name'],
    [['--server-header', 'a\r\nX: y'], '--server-header a\\x0D\nX: y: must be latin-1 text without control characters'],
    [['--server-header', 'shop – €'], 'must be latin-1 text without control characters'],
    [['--access-logfile', 'acc.log\r'], '--access-logfile acc.log\\x0D: must not contain a carriage return'],
    [['--chdir', 'a\0b'], 'must not contain a NUL'],
    [['--user', 'a\x1b[31m'], 'must not contain a control character'],
  ])('%j is refused in one line', (argv, message) => {
    expect(() => configured(...argv)).toThrow(message)
  })
})

describe('--bind', () => {
  it.each<[string, object]>([
    ['127.0.0.1:8000', { kind: 'tcp', host: '127.0.0.1', port: 8000 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    [':8000', { kind: 'tcp', host: '', port: 8000 }],
    ['[::1]:8000', { kind: 'tcp', host: '::1', port: 8000 }],
    ['[fe80::1%br-lan]:80', { kind: 'tcp', host: 'fe80::1%br-lan', port: 80 }],
    ['[fe80::1%eth0.100]:80', { kind: 'tcp', host: 'fe80::1%eth0.100', port: 80 }],
    ['[fe80::1%veth@if2]:80', { kind: 'tcp', host: 'fe80::1%veth@if2', port: 80 }],
    ['unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock' }],
    ['unix:app.sock', { kind: 'unix', path: 'app.sock' }],
    ['unix:///run/app.sock', { kind: 'unix', path: '/run/app.sock' }],
    ['fd:3', { kind: 'fd', fd: 3 }],
    ['fd://3', { kind: 'fd', fd: 3 }],
  ])('%s', (text, bind) => {
    expect(configured('--bind', text).bind).toEqual([bind])
  })

  it.each([
    ['8000', 'is only a port: say 127.0.0.1:8000, or :8000 for every address'],
    ['localhost', 'must be HOST:PORT'],
    ['127.0.0.1:65536', 'must be HOST:PORT'],
    ['127.0.0.1:-1', 'must be HOST:PORT'],
    ['::1:8000', 'must be HOST:PORT'],
    ['http://127.0.0.1:8000', 'must be HOST:PORT'],
    ['fd:1', 'must name an inherited descriptor of at least 3'],
    ['fd:x', 'must name an inherited descriptor of at least 3'],
    ['unix:', 'must be HOST:PORT'],
    [`unix:/${'x'.repeat(120)}`, 'must be a path of at most 103 bytes'],
    ['unix:/tmp/x.sock\r', 'must not contain a carriage return'],
    ['[fe80::1%]:80', 'must be HOST:PORT'],
    ['[fe80::1%a b]:80', 'must be HOST:PORT'],
  ])('refuses %s', (text, message) => {
    expect(() => configured('--bind', text)).toThrow(message)
  })
})

describe('configure', () => {
  const sources = {
    flags: parseArguments(['--workers', '5']).given,
    variables: { TSGI_WORKERS: '4', TSGI_KEEP_ALIVE: '4', PATH: '/bin' },
    settings: {
      place: 'x.config.ts',
      values: { workers: 3, keepAlive: 3, backlog: 3, bind: [':1', ':2'], socketMode: 0o600 },
    },
  }

  it('lets a flag win over a variable over the file over the default, and remembers which', () => {
    const { config, places } = configure(sources)
    expect(config).toMatchObject({ workers: 5, keepAlive: 4, backlog: 3, socketMode: 0o600, logLevel: 'info' })
    expect(config.bind).toHaveLength(2)
    const names = ['workers', 'keepAlive', 'backlog', 'logLevel'] as const
    expect(names.map((name) => places.get(name))).toEqual([
      '--workers',
      'TSGI_KEEP_ALIVE',
      'backlog in x.config.ts',
      'default',
    ])
    expect(configText(configure(sources))).toMatch(/^workers +\s*= 5 {2}\(--workers\)$/m)
  })

  it.each<[object, string]>([
    [{ variables: { TSGI_WORKER: '4' } }, 'unknown variable TSGI_WORKER; did you mean TSGI_WORKERS?'],
    [{ variables: { TSGI_WORKERS: 'x' } }, 'TSGI_WORKERS x: must be a whole number of at least 1'],
    [
      { settings: { place: 'serve()', values: { keepalive: 1 } } },
      'serve(): unknown option keepalive; did you mean keepAlive?',
    ],
    [{ settings: { place: 'serve()', values: { toString: 1 } } }, 'serve(): unknown option toString'],
    [
      { settings: { place: 'serve()', values: { keepAlive: null } } },
      'keepAlive in serve(): must be a plain value, not null',
    ],
    [
      { settings: { place: 'serve()', values: { keepAlive: [1] } } },
      'keepAlive in serve(): must be a plain value, not object',
    ],
  ])('refuses %j', (given, message) => {
    expect(() => configure(given)).toThrow(message)
  })
})

describe('where to listen', () => {
  const tcp = (host: string, port: number) => [{ kind: 'tcp', host, port }]
  it.each<[string[], Record<string, string>, Record<string, unknown>, unknown, string]>([
    [[], {}, {}, tcp('127.0.0.1', 8000), 'default'],
    [['--port', '3000'], {}, {}, tcp('127.0.0.1', 3000), '--port'],
    [['--host', '0.0.0.0'], {}, {}, tcp('0.0.0.0', 8000), '--host'],
    [['--host', '[::1]', '--port', '0'], {}, {}, tcp('::1', 0), '--port and --host'],
    [['--host', 'fe80::1%eth0.1'], {}, {}, tcp('fe80::1%eth0.1', 8000), '--host'],
    [[], { PORT: '3000' }, {}, tcp('', 3000), 'PORT'],
    [[], { PORT: '3000', HOST: '::1' }, {}, tcp('::1', 3000), 'PORT and HOST'],
    [[], { HOST: '0.0.0.0' }, {}, tcp('0.0.0.0', 8000), 'HOST'],
    [[], { HOST: 'my-machine', PORT: '' }, {}, tcp('127.0.0.1', 8000), 'default'],
    [['--host', '::1'], { PORT: '3000' }, {}, tcp('::1', 3000), 'PORT and --host'],
    [['--port', '4000'], { PORT: '3000', HOST: '::1' }, {}, tcp('::1', 4000), '--port and HOST'],
    [[], { PORT: '3000', TSGI_PORT: '5000' }, {}, tcp('127.0.0.1', 5000), 'TSGI_PORT'],
    [[], { PORT: 'x' }, {}, 'PORT x: must be a port from 0 to 65535', ''],
    [[], { PORT: '3000' }, { port: 6000 }, tcp('127.0.0.1', 6000), 'port in x'],
    [[], { PORT: '3000' }, { bind: ':1' }, tcp('', 1), 'bind in x'],
    [['--bind', ':2'], { PORT: 'x' }, {}, tcp('', 2), '--bind'],
    [['--bind', ':2'], { TSGI_PORT: '5000' }, { port: 1 }, tcp('', 2), '--bind'],
    [['--port', '3'], { TSGI_BIND: ':5' }, { bind: ':1' }, tcp('127.0.0.1', 3), '--port'],
    [['--bind', ':2', '--port', '3'], {}, {}, '--bind and --port both say where to listen: leave one out', ''],
    [[], { TSGI_BIND: ':2', TSGI_HOST: '::1' }, {}, 'TSGI_BIND and TSGI_HOST both say where to listen', ''],
    [[], {}, { bind: [] }, 'bind in x: must name at least one', ''],
  ])('%j with %j and a file with %j', (argv, variables, values, expected, place) => {
    const read = () => configure({ flags: parseArguments(argv).given, variables, settings: { place: 'x', values } })
    if (typeof expected === 'string') return expect(read).toThrow(expected)
    expect(read().config.bind).toEqual(expected)
    expect(read().places.get('bind')).toBe(place)
  })

  it('takes the number of workers from WEB_CONCURRENCY where no option says it', () => {
    const workers = (argv: string[], variables: Record<string, string>) =>
      configure({ flags: parseArguments(argv).given, variables }).config.workers
    expect(workers([], { WEB_CONCURRENCY: '3' })).toBe(3)
    expect(workers([], { WEB_CONCURRENCY: '3', TSGI_WORKERS: '2' })).toBe(2)
    expect(workers(['-w', '4'], { WEB_CONCURRENCY: '3' })).toBe(4)
    expect(() => workers([], { WEB_CONCURRENCY: 'auto' })).toThrow('WEB_CONCURRENCY auto: must be a whole number')
  })
})

describe('variables of a container platform', () => {
  it.each([
    ['TSGI_SERVICE_HOST', '10.96.0.12'],
    ['TSGI_SERVICE_PORT', '8000'],
    ['TSGI_SERVICE_PORT_HTTP', '8000'],
    ['TSGI_PORT', 'tcp://10.96.0.12:8000'],
    ['TSGI_PORT', 'udp://10.96.0.12:53'],
    ['TSGI_PORT_8000_TCP', 'tcp://10.96.0.12:8000'],
    ['TSGI_PORT_8000_TCP_ADDR', '10.96.0.12'],
    ['TSGI_PORT_8000_TCP_PORT', '8000'],
    ['TSGI_PORT_8000_TCP_PROTO', 'tcp'],
    ['TSGI_PORT_53_UDP', 'udp://10.96.0.12:53'],
    ['TSGI_PORT_9_SCTP_ADDR', '10.96.0.12'],
    ['TSGI_WEB_APP_SERVICE_HOST', '10.96.0.12'],
    ['TSGI_WEB_APP_SERVICE_PORT_METRICS', '9'],
    ['TSGI_WEB_APP_PORT', 'tcp://10.96.0.12:8000'],
    ['TSGI_WEB_APP_PORT_8000_TCP_ADDR', '10.96.0.12'],
    ['TSGI_NAME', '/web/tsgi'],
    ['TSGI_ENV_NODE_VERSION', '26'],
    ['TSGI_DB_ENV_npm.config', 'x'],
  ])('%s=%s is ignored', (name, value) => {
    expect(configure({ variables: { [name]: value } }).config).toEqual(configure({}).config)
  })

  it.each(['TSGI_SERVICE', 'TSGI_HOSTS', 'TSGI_PORTS', 'TSGI_PORT_8000', 'TSGI_WORKER', 'TSGI_PORT_X_TCP'])(
    '%s is still an unknown variable',
    (name) => {
      expect(() => configure({ variables: { [name]: '1' } })).toThrow(`unknown variable ${name}`)
    },
  )
})
