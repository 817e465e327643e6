/** The one table of options, and everything that derives from it. */
import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../../packages/server/src/cli/arguments.ts'
import { helpTable, helpText } from '../../../packages/server/src/cli/help.ts'
import { configText, configure } from '../../../packages/server/src/config/configuration.ts'
import { flagName, OPTION_NAMES, OPTIONS, variableName } from '../../../packages/server/src/config/options.ts'

const configured = (...argv: string[]) => configure({ flags: parseArguments(argv).given }).config

describe('the table', () => {
  it.each(OPTION_NAMES)('%s is in the help and in the table of the documentation', (name) => {
    expect(helpText()).toContain(`--${OPTIONS[name].metavar === undefined ? '[no-]' : ''}${flagName(name)}`)
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
    [['--completely-else'], 'unknown option --completely-else; tsgi --help lists them all'],
    [['-x'], 'unknown option -x; tsgi --help lists them all'],
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
    [`unix:/${'x'.repeat(120)}`, 'must be a path of at most 103 octets'],
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
