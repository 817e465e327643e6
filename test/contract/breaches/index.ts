/** All cases, for the test that every checkable clause has one. */
import { bodyBreaches, lifeBreaches } from './body-breaches.ts'
import type { BreachCase } from './breach.ts'
import { environBreaches, lostKeyBreaches } from './environ-breaches.ts'
import { errorsBreaches, inputBreaches, taskBreaches, websocketBreaches } from './extension-breaches.ts'
import {
  earlyHintsBreaches,
  entityBreaches,
  headersBreaches,
  statusBreaches,
  upgradeBreaches,
} from './head-breaches.ts'
import { startResponseBreaches, writeBreaches } from './start-response-breaches.ts'
import { trailerBreaches } from './trailer-breaches.ts'

export const breaches: readonly BreachCase[] = [
  ...environBreaches,
  ...lostKeyBreaches,
  ...statusBreaches,
  ...headersBreaches,
  ...entityBreaches,
  ...earlyHintsBreaches,
  ...upgradeBreaches,
  ...startResponseBreaches,
  ...writeBreaches,
  ...bodyBreaches,
  ...lifeBreaches,
  ...inputBreaches,
  ...errorsBreaches,
  ...taskBreaches,
  ...trailerBreaches,
  ...websocketBreaches,
]
