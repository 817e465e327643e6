import { fileURLToPath } from 'node:url'
import { Application, cascade, get, json } from '@tsgi/framework'
import { fromPythonWsgi } from '@tsgi/server/python'

/** New routes come here, one after the other. */
const routes = new Application([get('/invoices/:id', ({ params }) => json({ invoice: params.id, source: 'TSGI' }))])

/** Runs in Python processes of its own, with the interpreter of `.venv` if there is one. */
export const legacy = fromPythonWsgi('legacy:app', { chdir: fileURLToPath(new URL('..', import.meta.url)) })

/** The first application that has the path responds. */
export const application = cascade(routes, legacy)
