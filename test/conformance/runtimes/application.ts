/** The conformance application for fetch runtimes: at the root, and by a small router below `/site`. No `node:`. */
import { conformanceApplication } from '@tsgi/conformance/application'
import type { Application } from '@tsgi/contract'
import { mount, Application as Routes } from '@tsgi/framework'

const bare = conformanceApplication()
const mounted = new Routes([mount('/site', bare)])

export const application: Application = (environ, startResponse) =>
  /^\/site(?:\/|$)/.test(environ.PATH_INFO) ? mounted(environ, startResponse) : bare(environ, startResponse)
