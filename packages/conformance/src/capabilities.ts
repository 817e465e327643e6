/** What a platform may lack, by name. A target lists what it lacks with a reason; a row names what it needs. */

export const CAPABILITIES = {
  'any-method': 'methods that are not in the registry, such as QUERY',
  'asterisk-form': 'the request target *',
  'absolute-form': 'a request target with scheme and host',
  'raw-target': 'dot segments in the target, as they were sent',
  'empty-query': 'a target that ends in ?',
  'http-1.0': 'requests in HTTP/1.0',
  'latin-1': 'header values beyond ASCII, byte by byte',
  'repeated-cookie': 'several Cookie fields, joined with "; "',
  'underscore-drop': 'header names with _ are dropped',
  'remote-address': 'the address of the client',
  'get-body': 'a body on GET',
  'body-limit': 'a limit on request bodies',
  'streaming-in': 'a request body that is read while it is sent',
  'streaming-out': 'a response body that is sent while it is made',
  'known-length': 'Content-Length for a body in several chunks of known length',
  'large-head': 'response heads of 30 KB',
  reason: 'a reason phrase of the application',
  'visible-cut': 'a failure after the head that the client can see',
  abort: 'an application hears that its client has left',
  'abort-before-head': 'an application hears that its client has left before the head was sent',
  'keep-alive': 'several requests on one connection',
  upgrade: 'Upgrade and 101',
  interim: 'interim responses (1xx), or none: never a request that hangs',
  continue: 'Expect: 100-continue is answered when the body is read',
  'half-close': 'a client that has ended its side of the connection',
  'trailers-in': 'fields after the body of a request',
  'trailers-out': 'fields after the body of a response',
  files: 'bodies that are spans of open files',
  'refused-target': 'malformed request targets are answered 400 by the server',
} as const satisfies Readonly<Record<string, string>>

/** One of {@link CAPABILITIES}. */
export type Capability = keyof typeof CAPABILITIES
