/** `tsgi help`: a screen for the whole, a screen for each command. */
import { expect, it } from 'vitest'
import { callCommand } from '../../../packages/server/src/cli/call-command.ts'
import { heapCommand, inspectCommand, profileCommand } from '../../../packages/server/src/cli/examine-command.ts'
import { helpOf, optionsHelp } from '../../../packages/server/src/cli/help.ts'
import { routesCommand } from '../../../packages/server/src/cli/routes-command.ts'
import { topCommand } from '../../../packages/server/src/cli/top-command.ts'
import { flagName, OPTION_NAMES } from '../../../packages/server/src/config/options.ts'
import { run } from '../../support/own-command.ts'

const own = async (command: typeof callCommand) => (await run(command, ['--help'])).stdout.toString()

it.each<[string, () => string | undefined | Promise<string>]>([
  ['help', () => helpOf(undefined)],
  ['help serve', () => helpOf('serve')],
  ['help status', () => helpOf('status')],
  ['help workers', () => helpOf('workers')],
  ['help reload', () => helpOf('reload')],
  ['help stop', () => helpOf('stop')],
  ['call --help', () => own(callCommand)],
  ['top --help', () => own(topCommand)],
  ['inspect --help', () => own(inspectCommand)],
  ['profile --help', () => own(profileCommand)],
  ['heap --help', () => own(heapCommand)],
  ['routes --help', () => own(routesCommand)],
])('tsgi %s fits one screen', async (_words, read) => {
  const text = await read()
  const lines = text?.split('\n') ?? []
  expect(lines.length).toBeLessThanOrEqual(30)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(130)
  expect(text).toMatch(/^Usage: tsgi /)
})

it('has every option under tsgi help options, and no topic of another name', () => {
  for (const name of OPTION_NAMES) expect(optionsHelp()).toMatch(new RegExp(`--(\\[no-\\])?${flagName(name)}\\b`))
  expect(helpOf('options')).toBe(optionsHelp())
  expect(helpOf('serv')).toBeUndefined()
})
