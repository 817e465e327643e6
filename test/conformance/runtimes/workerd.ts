/** A module for workerd: the conformance application as a Worker. */
import { toFetchHandler } from '@tsgi/gateways/fetch'
import { application } from './application.ts'

export default { fetch: toFetchHandler(application) }
