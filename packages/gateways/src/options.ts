/** What the gateways have in common by default. Values only. */

/** Bytes of the largest request body, as `--limit-request-body` of the server: 1 GiB. */
export const BODY_LIMIT_BYTES = 1024 ** 3
