/**
 * The inspector of this worker, on loopback alone: who reaches it can run code in the application. Knows Node's inspector and
 * nothing of the operator.
 */
import inspector from 'node:inspector'

/** @returns one line for the operator. @throws Error where it cannot be opened. */
export function openInspector(): string {
  const before = inspector.url()
  if (before !== undefined) return `the inspector of worker ${process.pid} is open already, at ${before}`
  inspector.open(0, '127.0.0.1')
  const url = inspector.url()
  if (url === undefined) throw new Error(`the inspector of worker ${process.pid} cannot listen on 127.0.0.1`)
  const { host } = new URL(url)
  return [
    `the inspector of worker ${process.pid} listens at ${host}: node inspect ${host}, or chrome://inspect`,
    url,
    `while it is open, nothing ends this worker when it stands still; to close it: tsgi inspect ${process.pid} --close`,
  ].join('\n')
}

/** @returns one line for the operator. */
export function closeInspector(): string {
  if (inspector.url() === undefined) return `the inspector of worker ${process.pid} is not open`
  inspector.close()
  return `the inspector of worker ${process.pid} is closed`
}

/** Whether a debugger can reach this process, whatever opened it. */
export function isInspectorOpen(): boolean {
  return inspector.url() !== undefined
}
