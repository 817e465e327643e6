/**
 * A view with its schemas around it, as a view like any other: reads the inputs, runs it, writes its answer. What is
 * there at once stays at once. Called by application.ts, once for each route that declares schemas.
 */
import { hasInputs, InputReader } from './read-input.ts'
import type { Request } from './request.ts'
import { isPromise, type ViewResult } from './respond.ts'
import type { View } from './route.ts'
import type { TableRow } from './route-table.ts'
import type { RouteSchemas } from './route-types.ts'
import { isSchema } from './schema.ts'
import { OutputWriter } from './write-output.ts'
import { asZod, ZodCompiler } from './zod-schema.ts'

/** The rows with typed views. zod's compiler is loaded only if some schema is of zod's. @param checks of answers. */
export function typedRows(rows: readonly TableRow[], checks: boolean): readonly TableRow[] {
  const hasZod = rows.some(({ schemas }) => Object.values(schemas).some((s) => isSchema(s) && asZod(s) !== undefined))
  const compiler = hasZod ? ZodCompiler.load() : undefined
  return rows.map((row) => {
    const { target, schemas } = row
    return target.kind === 'view'
      ? { ...row, target: { kind: 'view', view: typedView(target.view, schemas, compiler, checks) } }
      : row
  })
}

/** The view itself if there is nothing to be done for it. */
function typedView(view: View, schemas: RouteSchemas, compiler: ZodCompiler | undefined, checks: boolean): View {
  const read = hasInputs(schemas) ? reading(view, new InputReader(schemas, compiler)) : view
  return isSchema(schemas.response) ? writing(read, new OutputWriter(schemas.response, checks)) : read
}

function reading(view: View, reader: InputReader): View {
  return (request) => {
    const pending = reader.read(request)
    return pending === undefined ? view(request) : pending.then(() => view(request))
  }
}

function writing(view: View, writer: OutputWriter): View {
  return (request: Request): ViewResult | Promise<ViewResult> => {
    const result = view(request)
    return isPromise(result) ? result.then((later) => writer.write(later)) : writer.write(result)
  }
}
