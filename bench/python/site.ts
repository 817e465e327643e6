/** What `tsgi serve` is given in the comparison: one Python process, as each of the others has. */
import { fromPythonWsgi } from '../../packages/server/src/guests/python-wsgi.ts'

export const application = fromPythonWsgi('apps', {
  chdir: import.meta.dirname,
  python: process.env.BENCH_PYTHON ?? 'python3',
  processes: Number(process.env.BENCH_PROCESSES ?? 1),
})
