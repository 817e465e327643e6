#!/usr/bin/env node
// The command. Plain JavaScript, so that a Node that is too old can still say so in one line.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`tsgi: needs Node 22.18 or newer; this is ${process.version}\n`)
  process.exitCode = 2
} else {
  const { keepCompiled } = await import('./compile-cache.js')
  keepCompiled()
  const { main } = await import('@tsgi/server/command')
  process.exitCode = await main(process.argv.slice(2))
}
