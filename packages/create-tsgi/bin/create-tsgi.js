#!/usr/bin/env node
// The command. Plain JavaScript, so that a Node that is too old says so in one line.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`create-tsgi: requires Node.js 22.18 or newer; this is ${process.version}\n`)
  process.exitCode = 2
} else {
  const { main } = await import('create-tsgi')
  process.exitCode = await main(process.argv.slice(2), process)
}
