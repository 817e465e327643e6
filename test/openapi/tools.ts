/** Two public validators of documents, of the workspace beside this file. Knows documents; knows no application. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const TOOLS = join(import.meta.dirname, 'tools')
export const HAS_TOOLS = existsSync(join(TOOLS, 'node_modules'))
/** For the title of a test. */
export const SKIPPED = HAS_TOOLS ? '' : ' (skipped: needs `pnpm --dir test/openapi/tools install`)'

const fromTools = createRequire(join(TOOLS, 'package.json'))

/** A package of that workspace. */
export async function tool<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(fromTools.resolve(name)).href)) as Module
}

interface Seriousme {
  readonly Validator: new () => {
    validate(document: object): Promise<{ readonly valid: boolean; readonly errors?: unknown }>
  }
}

interface Redocly {
  createConfig(config: object): Promise<object>
  lintFromString(
    options: object,
  ): Promise<readonly { ruleId: string; message: string; location: readonly { pointer?: string }[] }[]>
}

/** What two validators find wrong. */
export async function findings(document: object): Promise<readonly string[]> {
  const { Validator } = await tool<Seriousme>('@seriousme/openapi-schema-validator')
  const copy = (): object => JSON.parse(JSON.stringify(document))
  const { valid, errors } = await new Validator().validate(copy())
  const redocly = await tool<Redocly>('@redocly/openapi-core')
  const rules = {
    struct: 'error',
    'no-unresolved-refs': 'error',
    'no-identical-paths': 'error',
    'path-parameters-defined': 'error',
    'operation-operationId-unique': 'error',
    'operation-parameters-unique': 'error',
    'no-schema-type-mismatch': 'error',
    'path-declaration-must-exist': 'error',
    'security-defined': 'off',
  }
  const config = await redocly.createConfig({ rules })
  const problems = await redocly.lintFromString({
    source: JSON.stringify(document),
    absoluteRef: '/openapi.json',
    config,
  })
  return [
    ...(valid ? [] : [`schema validator: ${JSON.stringify(errors).slice(0, 2000)}`]),
    ...problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`),
  ]
}
