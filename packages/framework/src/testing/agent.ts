/** `agent(application)`: requests of one client, which keeps its cookies. */
import type { Application } from '@tsgi/contract'
import { CookieJar } from './cookie-jar.ts'
import { type RequestOptions, send } from './exchange.ts'
import { TestClient } from './request.ts'
import type { Draft } from './test-request.ts'

/** A client for tests that keeps its cookies. `agent(application)` makes one. */
export class TestAgent extends TestClient {
  /** What it keeps: `agent.cookies.get('session')`. */
  readonly cookies: CookieJar

  constructor(sendDraft: (draft: Draft) => ReturnType<typeof send>, cookies: CookieJar) {
    super(sendDraft)
    this.cookies = cookies
  }
}

/**
 * Requests to an application as one browser makes them: cookies are kept, and sent where they belong.
 * @example const ada = agent(application)
 */
export function agent(application: Application, options: RequestOptions = {}): TestAgent {
  const cookies = new CookieJar()
  return new TestAgent((draft) => send(application, draft, options, cookies), cookies)
}
