/** Thirty routes: a parameter with JSON out, and a validated JSON body. Application against other frameworks. */
import { onNode, tsgi } from '../contenders/peers.ts'
import type { Ask } from '../harness/load.ts'
import { comparison, type Report, rateRatio } from '../harness/report.ts'
import { measure, type Plan } from '../harness/rounds.ts'

const OURS = tsgi('tsgi', 'framework/tsgi.ts:application')
const WITH_BODIES = [OURS, ...['fastify', 'hono', 'express'].map((name) => onNode(name, `framework/${name}.mjs`))]
const ALL = [...WITH_BODIES, ...['koa', 'h3'].map((name) => onNode(name, `framework/${name}.mjs`))]

const PARAM: Ask = { path: '/api/users/123', answer: '{"id":"123","name":"Ada"}' }
const ORDER: Ask = {
  path: '/api/orders',
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    customer: 'Ada',
    items: Array.from({ length: 5 }, (_, i) => ({ sku: `sku-${i}`, quantity: i + 1, price: 9.5 })),
    note: 'by the back door',
  }),
  answer: '{"customer":"Ada","items":5}',
}

/** For the guard. */
export const measureParam = (plan: Plan) => measure(ALL, PARAM, plan)

export async function framework(plan: Plan): Promise<Report> {
  const param = await measureParam(plan)
  const order = await measure(WITH_BODIES, ORDER, plan)
  return {
    blocks: [
      comparison('30 routes, a parameter, JSON', param),
      comparison('30 routes, a validated JSON body (zod; Fastify: its JSON schema)', order),
    ],
    targets: [
      {
        what: 'parameter and JSON, requests per second, fastify',
        sense: '≥',
        bound: 2.2,
        measured: rateRatio(param, 'fastify'),
      },
      {
        what: 'parameter and JSON, requests per second, hono',
        sense: '≥',
        bound: 2.5,
        measured: rateRatio(param, 'hono'),
      },
      {
        what: 'parameter and JSON, requests per second, express',
        sense: '≥',
        bound: 4,
        measured: rateRatio(param, 'express'),
      },
      {
        what: 'validated body, requests per second, fastify',
        sense: '≥',
        bound: 1.8,
        measured: rateRatio(order, 'fastify'),
      },
    ],
  }
}
