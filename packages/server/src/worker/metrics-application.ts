/**
 * What is served on `--metrics`: an application of the contract like any other. A worker answers; what it says the
 * master knows, who asks all workers and adds up.
 */
import type { Application, HeaderList } from '@tsgi/contract'

const TEXT: HeaderList = [['Content-Type', 'text/plain; charset=utf-8']]
const METRICS: HeaderList = [['Content-Type', 'text/plain; version=0.0.4; charset=utf-8']]

/** @param metrics asks the master; resolves with Prometheus' text. @param ready whether this worker takes requests. */
export function metricsApplication(metrics: () => Promise<string>, ready: () => boolean): Application {
  return (environ, startResponse) => {
    if (environ.REQUEST_METHOD !== 'GET' && environ.REQUEST_METHOD !== 'HEAD') {
      startResponse('405 Method Not Allowed', [...TEXT, ['Allow', 'GET, HEAD']])
      return 'GET only\n'
    }
    switch (environ.PATH_INFO) {
      case '/metrics':
        return metrics().then((text) => {
          startResponse('200 OK', METRICS)
          return text
        })
      case '/-/health':
        startResponse('200 OK', TEXT)
        return 'healthy\n'
      case '/-/ready':
        startResponse(ready() ? '200 OK' : '503 Service Unavailable', TEXT)
        return ready() ? 'ready\n' : 'not ready\n'
      default:
        startResponse('404 Not Found', TEXT)
        return 'try /metrics, /-/health or /-/ready\n'
    }
  }
}
