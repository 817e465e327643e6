/** Applications of each kind that a document has to describe. Data only. */
import {
  Application,
  delete as del,
  events,
  get,
  group,
  host,
  json,
  mount,
  patch,
  post,
  problem,
  put,
  query,
  redirect,
  route,
} from '@tsgi/framework'
import { bool, date, int, optionalField, uuid } from '@tsgi/framework/codecs'
import { websocket } from '@tsgi/framework/websocket'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'

const Note = z.object({ id: z.int(), title: z.string().min(1), day: date.optional() }).meta({ id: 'Note' })
const Edit = Note.omit({ id: true })

interface Tree {
  readonly name: string
  readonly children: readonly Tree[]
}
const Tree: z.ZodType<Tree> = z.object({ name: z.string(), children: z.array(z.lazy(() => Tree)) })
const Named: z.ZodType<Tree> = z
  .object({ name: z.string(), children: z.array(z.lazy(() => Named)) })
  .meta({ id: 'Named/tree' })

const inner = new Application([
  get('/', () => 'home'),
  get('/:id', { name: 'one', params: z.object({ id: int }), response: Note }, ({ params }) => ({
    ...params,
    title: 'a',
  })),
])

/** Something that takes any Application. */
type Any = Application<never>
const app = (application: unknown) => application as Any

export const KINDS: readonly (readonly [name: string, application: Any])[] = [
  ['no route', app(new Application([]))],
  ['views without anything declared', app(new Application([get('/', () => ''), post('/form', () => redirect('/'))]))],
  [
    'parameters',
    app(
      new Application([
        get('/files/*path', ({ params }) => json(params.path)),
        get('/tabs{/:tab}', ({ params }) => json(params.tab ?? '')),
        get('/:"first name"-:last', ({ params }) => json(params)),
        get('/a\\{b\\}/ü/:id', ({ params }) => json(params)),
      ]),
    ),
  ],
  [
    'one shape with two names',
    app(
      new Application([
        get('/u/:id', { params: z.object({ id: int }) }, ({ params }) => json(params)),
        post('/u/:name', { params: z.object({ name: z.string().min(2) }) }, ({ params }) => json(params)),
      ]),
    ),
  ],
  [
    'codecs in a query',
    app(
      new Application([
        get(
          '/',
          {
            query: z.object({
              page: int.default(1),
              from: date.optional(),
              open: bool.default(false),
              key: uuid.optional(),
              tag: z.array(z.string()).optional(),
              ids: z.array(int).optional(),
              kinds: z.set(z.enum(['a', 'b'])).optional(),
              size: z.coerce.number().min(1).max(100).default(20),
              since: z.coerce.date().optional(),
              big: z.coerce.bigint().optional(),
              any: z.coerce.boolean().optional(),
              hex: z
                .codec(z.string(), z.int(), { decode: (t) => Number.parseInt(t, 16), encode: (n) => n.toString(16) })
                .optional(),
              many: int.pipe(z.int().min(2)).prefault('3'),
            }),
          },
          ({ query }) => json(Object.keys(query)),
        ),
      ]),
    ),
  ],
  [
    'headers and cookies',
    app(
      new Application([
        get(
          '/',
          {
            headers: z.object({
              'x-tenant': z.string(),
              authorization: z.string().optional(),
              'X-Count': int.optional(),
            }),
            cookies: z.object({ theme: z.enum(['dark', 'light']).default('light').describe('Colours') }),
          },
          () => 'x',
        ),
      ]),
    ),
  ],
  [
    'bodies',
    app(
      new Application([
        post('/json', { body: z.object({ n: z.number() }) }, ({ body }) => json(body)),
        post('/form', { body: z.object({ name: z.string(), age: optionalField(int) }) }, ({ body }) => json(body)),
        post('/list', { body: z.array(z.string()).optional() }, ({ body }) => json(body ?? null)),
        put(
          '/file',
          { body: z.object({ picture: z.file().max(1000).mime(['image/png']), note: z.string() }) },
          () => 'x',
        ),
        put('/files', { body: z.object({ pictures: z.array(z.file()) }), form: {} }, () => 'x'),
        patch('/union', { body: z.union([z.object({ a: z.string() }), z.object({ b: int })]) }, ({ body }) =>
          json(body),
        ),
        post('/any', { body: z.unknown() }, ({ body }) => json(body)),
      ]),
    ),
  ],
  [
    'responses',
    app(
      new Application([
        post(
          '/notes',
          {
            body: Edit,
            responses: {
              201: { description: 'Made', schema: Note, headers: { location: 'Where it is', 'x-left': int } },
              204: 'Nothing new',
              404: problem,
              409: z.object({ by: z.string() }),
            },
            doc: { summary: 'Adds', description: '**A** note', tags: ['notes'], deprecated: true, security: [] },
          },
          () => json({ id: 1, title: 'a' }, 201),
        ),
        get('/page', { responses: { 200: { description: 'A page', type: 'text/html' } } }, () => '<p>'),
        get('/notes', { response: z.array(Note) }, () => []),
        get('/notes/last', { response: Note.nullable() }, () => null),
      ]),
    ),
  ],
  [
    'schemas that refer to themselves',
    app(
      new Application([
        get('/tree', { response: Tree }, () => ({ name: 'a', children: [] })),
        post('/tree', { body: Tree }, ({ body }) => json(body)),
        post('/named', { body: Named, response: Named }, ({ body }) => body),
        post('/json', { body: z.json() }, ({ body }) => json(body)),
      ]),
    ),
  ],
  [
    'one schema in three forms',
    app(
      new Application([
        get('/', { query: z.object({ n: int.default(1) }).meta({ id: 'Count' }) }, ({ query }) => json(query)),
        post('/', { body: z.object({ n: z.int().default(1) }).meta({ id: 'Counter' }) }, ({ body }) => json(body)),
        put('/', { response: z.object({ inner: z.object({ n: z.int().default(1) }).meta({ id: 'Other' }) }) }, () => ({
          inner: { n: 1 },
        })),
      ]),
    ),
  ],
  [
    'mounts',
    app(new Application([mount('/a', inner), mount('/t/:id{/:part}', inner), group('/g', [mount('/x', inner)])])),
  ],
  [
    'hosts',
    app(
      new Application([
        host('a.test', [get('/a', () => '')]),
        host('*.b.test', [get('/b', () => '')]),
        get('/c', () => ''),
      ]),
    ),
  ],
  [
    'methods',
    app(
      new Application([
        query('/search', { body: z.string() }, ({ body }) => json(body)),
        route(['GET', 'POST', 'PURGE'], '/many', { name: 'many' }, () => ''),
        route('PURGE', '/purged', () => ''),
        del('/gone', { responses: { 204: 'Gone' } }, () => json(null, 204)),
      ]),
    ),
  ],
  [
    'streams',
    app(
      new Application([
        get('/changes', { events: z.object({ at: date }), doc: { summary: 'Changes' } }, () =>
          events(async function* () {}),
        ),
        get('/lines', { events: z.string() }, () => events(async function* () {})),
        websocket('/socket', { message: z.object({ a: z.string() }) }, async () => {}),
      ]),
    ),
  ],
  [
    'other libraries',
    app(
      new Application([
        post('/valibot', { body: v.object({ a: v.string() }) }, ({ body }) => json(body)),
        post(
          '/arktype',
          { body: type({ a: 'string', 'n?': 'number>0' }), query: type({ 'q?': 'string' }) },
          ({ body }) => json(body),
        ),
      ]),
    ),
  ],
  [
    'names in a query that nobody lists',
    app(
      new Application([
        get('/record', { query: z.record(z.string(), z.string()) }, ({ query }) => json(query)),
        get('/loose', { query: z.looseObject({ a: int }) }, ({ query }) => json(Object.keys(query))),
        get('/both', { query: z.intersection(z.object({ a: z.string() }), z.object({ b: int.optional() })) }, () => ''),
        get(
          '/either',
          { query: z.union([z.object({ a: z.string() }), z.object({ a: int, b: z.string() })]) },
          () => '',
        ),
      ]),
    ),
  ],
  ['routes that are left out', app(new Application([get('/hidden', { doc: false }, () => ''), ['/bare', () => '']]))],
  [
    'odd names',
    app(
      new Application([
        get('/:__proto__', { params: z.object({ ['__proto__']: z.string() }) }, () => ''),
        post('/', { body: z.object({ default: z.object({ a: z.literal('#/$defs/x') }), enum: Note }) }, () => ''),
      ]),
    ),
  ],
]
