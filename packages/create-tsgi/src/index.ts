/** The public entry of `create-tsgi`. Only re-exports. */

export { CreateError } from './create-error.ts'
export type { CreateOptions } from './create-project.ts'
export { createProject } from './create-project.ts'
export { main, type Streams } from './main.ts'
export { TEMPLATES, type Template, type TemplateName } from './templates.ts'
