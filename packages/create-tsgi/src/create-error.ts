/** An error of the person who typed the command. Its message is one line: what is wrong, where, and the way out. */
export class CreateError extends Error {
  override readonly name = 'CreateError'
}
