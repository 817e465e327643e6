import { Application, cascade, get, json } from '@tsgi/framework'
import { fromNodeHandler } from '@tsgi/server'
import { legacy } from './legacy.ts'

/** New routes come here, one after the other. */
const routes = new Application([get('/invoices/:id', ({ params }) => json({ invoice: params.id, from: 'TSGI' }))])

/** The first application that has the path responds. */
export const application = cascade(routes, fromNodeHandler(legacy))
