/** All rows, in the order of the clauses. */
import type { Row } from './row.ts'
import { bodyRows } from './rows/body.ts'
import { connectionRows, endRows, limitRows, upgradeRows, websocketRows } from './rows/end.ts'
import { inputRows } from './rows/input.ts'
import { requestHeaderRows, valueRows } from './rows/request-headers.ts'
import { callRows, requestLineRows } from './rows/request-line.ts'
import { responseHeaderRows, startResponseRows } from './rows/response-head.ts'
import { trailerRows } from './rows/trailers.ts'

/** Each asks one question of a server; ids begin with the clause of the specification. */
export const rows: readonly Row[] = [
  ...[callRows, requestLineRows, requestHeaderRows, valueRows, inputRows, startResponseRows, responseHeaderRows],
  ...[bodyRows, endRows, upgradeRows, websocketRows, trailerRows, limitRows, connectionRows],
].flat()
