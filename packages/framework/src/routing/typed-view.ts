/**
 * A view with its schemas around it, as a view like any other: reads the inputs, runs it, writes its answer. What is
 * there at once stays at once. Called by application.ts, once for each route that declares schemas.
 */

import { HttpError } from '../http/http-error.ts'
import type { Request } from '../request/request.ts'
import { isPromise, toResponse, type ViewResult } from '../response/respond.ts'
import { JsonResponse } from '../response/response.ts'
import { hasInputs, RequestValidator } from '../validation/request-validator.ts'
import { ResponseSerializers } from '../validation/response-serializer.ts'
import { isSchema } from '../validation/schema.ts'
import { ValidationError } from '../validation/validation-error.ts'
import { asZod, ZodCompiler } from '../validation/zod-schema.ts'
import type { View } from './route.ts'
import type { TableRow, ViewTarget } from './route-table.ts'
import type { InvalidView, RouteOptions } from './route-types.ts'

/** The rows with typed views. zod's compiler is loaded only if some schema is of zod's. @param checks of answers. */
export function typedRows(rows: readonly TableRow[], checks: boolean): readonly TableRow[] {
  const hasZod = rows.some(({ schemas }) => Object.values(schemas).some((s) => isSchema(s) && asZod(s) !== undefined))
  const compiler = hasZod ? ZodCompiler.load() : undefined
  return rows.map((row) => {
    const { target, options } = row
    return target.kind === 'view'
      ? { ...row, target: { kind: 'view', view: typedView(target, options, compiler, checks) } }
      : row
  })
}

/** The view itself if there is nothing to be done for it. */
function typedView(
  { view, onInvalid, form }: ViewTarget,
  options: RouteOptions,
  compiler: ZodCompiler | undefined,
  checks: boolean,
): View {
  const writer = ResponseSerializers.of(options, checks)
  const written = writer === undefined ? view : writing(view, writer)
  if (!hasInputs(options)) return written
  const reader = new RequestValidator(options, compiler, form)
  return onInvalid === undefined ? reading(written, reader) : explaining(written, reader, onInvalid)
}

function reading(view: View, reader: RequestValidator): View {
  return (request) => reader.read(request, () => view(request))
}

/** Only what the schemas refuse is explained; an error of the view itself is thrown on. */
function explaining(view: View, reader: RequestValidator, onInvalid: InvalidView): View {
  return (request) => {
    try {
      const pending = reader.read(request, () => undefined)
      if (pending !== undefined) {
        const explain = (error: unknown) => explained(error, request, onInvalid)
        return pending.then(() => view(request), explain)
      }
    } catch (error) {
      return explained(error, request, onInvalid)
    }
    return view(request)
  }
}

function explained(error: unknown, request: Request, onInvalid: InvalidView): ViewResult | Promise<ViewResult> {
  if (!(error instanceof ValidationError)) throw error
  const refuse = (result: ViewResult): ViewResult => {
    if (typeof result === 'function') return result
    const response = toResponse(result)
    return response.status === 200 ? response.withStatus(error.status) : response
  }
  // What shows a form cannot show JSON: where it asks for a form that was not sent, the client gets the error itself.
  const noForm = (second: unknown): never => {
    throw second instanceof HttpError && second.status === 415 ? error : second
  }
  try {
    const result = onInvalid(error, request)
    return isPromise(result) ? result.then(refuse).catch(noForm) : refuse(result)
  } catch (second) {
    return noForm(second)
  }
}

function writing(view: View, writer: ResponseSerializers): View {
  // Data that is thrown is no error, and nothing leaves a route but by its schema.
  const caught = (thrown: unknown): ViewResult | Promise<ViewResult> => {
    if (thrown instanceof JsonResponse) return writer.write(thrown)
    throw thrown
  }
  const written = (result: ViewResult) => writer.write(result)
  return (request: Request): ViewResult | Promise<ViewResult> => {
    let result: ViewResult | Promise<ViewResult>
    try {
      result = view(request)
    } catch (thrown) {
      return caught(thrown)
    }
    return isPromise(result) ? result.then(written, caught) : written(result)
  }
}
