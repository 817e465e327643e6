/** Where to listen, as the operator said it. Types only: reading them is `cli/option-types`', binding `master/listeners`'. */

/** A host of `''` is every address of the machine; port 0 lets the system choose. */
export type Bind =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'fd'; readonly fd: number }
