/** Bodies that come and go (OpenAPI §4.8.13, §4.8.17), out of what a route declares. Knows JSON Schema and media types. */
import { hasNoBody, reasonOf } from '../http/status.ts'
import type { RouteOptions } from '../routing/route-types.ts'
import type { ResponseDescription, ResponseDoc } from '../validation/declared-responses.ts'
import { type AnySchema, isSchema } from '../validation/schema.ts'
import { schemaProblems } from '../validation/schema-checks.ts'
import { shapeOf } from '../validation/zod-schema.ts'
import type { Components } from './components.ts'
import type { OpenApiBody, OpenApiMedia, OpenApiReference, OpenApiResponse } from './document.ts'
import { isOptional, type JsonSchema } from './json-schema.ts'

const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'

/** What a `body` schema reads: JSON, a form, or both. Files come in multipart forms only. */
export function bodyOf({ body, form }: RouteOptions, components: Components): OpenApiBody | undefined {
  if (!isSchema(body)) return undefined
  const input = components.schema(body, 'input')
  const text = components.schema(body, 'text')
  const hasFiles = holdsFile(text, components, 0)
  const json = hasFiles ? {} : { [JSON_TYPE]: { schema: input } }
  const forms = hasFiles ? [MULTIPART] : form !== undefined || readsForm(body) ? [FORM, MULTIPART] : []
  const content = Object.fromEntries(forms.map((type): [string, OpenApiMedia] => [type, { schema: text }]))
  return { required: !isOptional(body), content: { ...json, ...content } }
}

/** Whether each field of an object may be text, or a list of it. */
function readsForm(schema: AnySchema): boolean {
  return shapeOf(schema) !== undefined && schemaProblems({ query: schema }, []).length === 0
}

function holdsFile(schema: JsonSchema, components: Components, depth: number): boolean {
  const { format, properties, items, anyOf, allOf, oneOf } = components.resolve(schema)
  if (format === 'binary') return true
  const inside = [properties, items, anyOf, allOf, oneOf].flatMap((each) =>
    typeof each !== 'object' || each === null ? [] : each === items ? [each] : Object.values(each),
  )
  return depth < MAX_DEPTH && inside.some((each) => Object(each) === each && holdsFile(each, components, depth + 1))
}

/** References may lead in a circle. */
const MAX_DEPTH = 8

/** How responses are described. */
export interface ResponseRules {
  readonly version: '3.1' | '3.2'
  /** Whether errors are problems (RFC 9457), as they are unless the application has pages of its own. */
  readonly hasProblems: boolean
  /** Reusable responses that were referred to. */
  readonly shared: Map<string, OpenApiResponse>
}

type Responses = Record<string, OpenApiResponse | OpenApiReference>

/** What a route declares, the refusals of its schemas, and any other error as a problem. */
export function responsesOf(options: RouteOptions, components: Components, rules: ResponseRules): Responses {
  const { response, responses = {}, events } = options
  const found: Responses = {}
  for (const [status, doc] of Object.entries(responses)) found[status] = responseOf(Number(status), doc, components)
  if (isSchema(events)) found[200] ??= eventStream(components.schema(events, 'output'), rules)
  else if (isSchema(response)) found[200] ??= responseOf(200, response, components)
  const isDeclared = Object.keys(found).some((status) => Number(status) < 400)
  if (!isDeclared) found.default = { description: 'What the view returns.' }
  if (!rules.hasProblems) return found
  const hasHead = [options.params, options.query, options.headers, options.cookies].some(isSchema)
  if (hasHead) found[400] ??= refusal('The request does not fit.', 'BadRequest', components, rules)
  if (isSchema(options.body)) found[422] ??= refusal('The body does not fit.', 'Unprocessable', components, rules)
  const problem = { description: 'An error.', content: problemContent(components) }
  for (const range of ['4XX', '5XX']) found[range] = shared('Problem', problem, rules)
  return found
}

function responseOf(status: number, doc: ResponseDoc, components: Components): OpenApiResponse {
  const usual = reasonOf(status) || `Status ${status}`
  if (typeof doc === 'string') return { description: doc }
  if (isSchema(doc)) return responseOf(status, { schema: doc }, components)
  if (typeof doc === 'function') return { description: usual, content: problemContent(components) }
  // It is no schema: isSchema was asked, which the compiler does not follow.
  const { description = usual, schema, type = schema && JSON_TYPE, headers } = doc as ResponseDescription
  const content = schema === undefined ? {} : { schema: components.schema(schema, 'output') }
  return {
    description,
    ...(headers !== undefined && { headers: headersOf(headers, components) }),
    ...(type !== undefined && !hasNoBody(status) && { content: { [type]: content } }),
  }
}

function headersOf(headers: Readonly<Record<string, AnySchema | string>>, components: Components) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      isSchema(value)
        ? { schema: components.schema(value, 'text') }
        : { description: String(value), schema: { type: 'string' } },
    ]),
  )
}

/** 3.2 describes the items of a stream (§4.14.2); before it, an event stream is text. */
function eventStream(data: JsonSchema, { version }: ResponseRules): OpenApiResponse {
  const isText = data.type === 'string'
  const text = { type: 'string', contentMediaType: JSON_TYPE, contentSchema: data }
  const properties = {
    event: { type: 'string' },
    id: { type: 'string' },
    data: isText ? data : text,
    retry: { type: 'integer', minimum: 0 },
  }
  const itemSchema = { type: 'object', properties, required: ['data'] }
  const media = version === '3.2' ? { itemSchema } : { schema: { type: 'string' } }
  return { description: 'Server-sent events.', content: { 'text/event-stream': media } }
}

function refusal(description: string, name: string, components: Components, rules: ResponseRules): OpenApiReference {
  const schema = components.own('ValidationProblem', {
    type: 'object',
    properties: { ...PROBLEM_MEMBERS, errors: { type: 'array', items: FIELD_ERROR } },
    required: ['status', 'title'],
  })
  // A body that is no JSON, or a header that cannot be read, is refused without a list of fields.
  return shared(name, { description, content: { [PROBLEM_TYPE]: { schema } } }, rules)
}

function shared(name: string, response: OpenApiResponse, { shared: known }: ResponseRules): OpenApiReference {
  known.set(name, response)
  return { $ref: `#/components/responses/${name}` }
}

const PROBLEM_TYPE = 'application/problem+json'

function problemContent(components: Components): Record<string, OpenApiMedia> {
  const required = ['status', 'title']
  return {
    [PROBLEM_TYPE]: { schema: components.own('Problem', { type: 'object', properties: PROBLEM_MEMBERS, required }) },
  }
}

/** RFC 9457 §3.1. */
const PROBLEM_MEMBERS = {
  type: { type: 'string', format: 'uri-reference' },
  status: { type: 'integer' },
  title: { type: 'string' },
  detail: { type: 'string' },
  instance: { type: 'string', format: 'uri-reference' },
}

const FIELD_ERROR = {
  type: 'object',
  properties: {
    in: { type: 'string', enum: ['params', 'query', 'headers', 'cookies', 'body'] },
    path: { type: 'array', items: { type: ['string', 'integer'] } },
    message: { type: 'string' },
  },
  required: ['in', 'path', 'message'],
}
