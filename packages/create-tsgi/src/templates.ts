/** The templates, and what each is for. Knows their names; reads no file. */
import { CreateError } from './create-error.ts'

export interface Template {
  /** One line for the help. */
  readonly about: string
  /** Folders of `templates/`, copied in this order: a later one replaces files of an earlier one. */
  readonly folders: readonly string[]
  /** The module that `tsgi serve` gets, from the root of the project. */
  readonly entry: string
}

export const TEMPLATES = {
  app: { about: 'pages, a form and static files', folders: ['common', 'app'], entry: 'src/app.ts' },
  api: { about: 'a JSON API with validated inputs', folders: ['common', 'api'], entry: 'src/app.ts' },
  fullstack: {
    about: 'a workspace: API, browser client, shared types',
    folders: ['common', 'fullstack'],
    entry: 'packages/api/src/app.ts',
  },
  wrap: {
    about: 'new routes in front of an existing Express application',
    folders: ['common', 'wrap'],
    entry: 'src/app.ts',
  },
  'wrap-flask': {
    about: 'new routes in front of an existing Flask application',
    folders: ['common', 'wrap-flask'],
    entry: 'src/app.ts',
  },
} as const satisfies Readonly<Record<string, Template>>

export type TemplateName = keyof typeof TEMPLATES

/** @throws CreateError when there is no such template. */
export function templateNamed(name: string): TemplateName {
  if (Object.hasOwn(TEMPLATES, name)) return name as TemplateName
  const similar = Object.keys(TEMPLATES).find((each) => each.startsWith(name.slice(0, 2)))
  const hint = similar === undefined ? `choose one of ${Object.keys(TEMPLATES).join(', ')}` : `did you mean ${similar}?`
  throw new CreateError(`there is no template "${name}"; ${hint}`)
}
