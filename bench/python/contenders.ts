/** Who is compared, and how each is started with one process. Knows command lines only. */
export interface Contender {
  readonly name: string
  /** The command for an application in `apps.py`, listening at a port of the loopback. */
  command(port: number, python: string): readonly string[]
}

const TSGI = new URL('../../packages/server/bin/tsgi.js', import.meta.url).pathname

function gunicorn(name: string, ...flags: string[]): Contender {
  const command = (port: number, python: string) => [
    python,
    '-m',
    'gunicorn',
    '--bind',
    `127.0.0.1:${port}`,
    '--workers=1',
    '--log-level=error',
    ...flags,
    'apps',
  ]
  return { name, command }
}

function uwsgi(name: string, listen: (address: string) => readonly string[]): Contender {
  const command = (port: number) => [
    'uwsgi',
    '--plugins=http,python3',
    ...listen(`127.0.0.1:${port}`),
    '--module=apps',
    '--need-app',
    '--disable-logging',
    '--die-on-term',
  ]
  return { name, command }
}

export const CONTENDERS: readonly Contender[] = [
  {
    name: 'tsgi',
    command: (port, python) => [
      process.execPath,
      TSGI,
      'serve',
      'apps:application',
      `--python=${python}`,
      `--bind=127.0.0.1:${port}`,
      '--log-level=error',
    ],
  },
  gunicorn('gunicorn gthread', '--worker-class=gthread', '--threads=4'),
  gunicorn('gunicorn sync'),
  {
    name: 'waitress',
    command: (port, python) => [python, '-m', 'waitress', `--listen=127.0.0.1:${port}`, 'apps:application'],
  },
  uwsgi('uWSGI + router', (address) => [`--http=${address}`, '--http-keepalive', '--processes=1', '--master']),
  uwsgi('uWSGI http11', (address) => [`--http11-socket=${address}`, '--threads=32', '--enable-threads']),
]
