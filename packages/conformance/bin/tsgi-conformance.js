#!/usr/bin/env node
/** `tsgi-conformance URL`: asks the rows of a server that runs the conformance application. The code is src/command. */
import { main } from '@tsgi/conformance/command'

process.exitCode = await main(process.argv.slice(2))
