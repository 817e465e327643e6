/**
 * Run by static-files.test.ts under `ulimit -n`: asks for a file while this process has no descriptor left, and
 * again when it has. Prints both statuses.
 */
import { closeSync, openSync } from 'node:fs'
import { environFor } from '@tsgi/contract/testing'
import { staticFiles } from '@tsgi/framework'

// What is in memory needs no descriptor.
const application = staticFiles(process.argv[2] ?? '', { memory: 0 })

async function statusOf(target: string): Promise<string> {
  let head = ''
  const body = await application(environFor(target), (status) => {
    head = status
    return async () => {}
  })
  if (typeof body === 'object' && 'close' in body) await body.close?.()
  return head
}

await statusOf('/hello.txt') // what is loaded late is loaded now
const taken: number[] = []
try {
  for (;;) taken.push(openSync('/dev/null', 'r'))
} catch {
  // EMFILE
}
const exhausted = await statusOf('/hello.txt')
for (const fd of taken) closeSync(fd)
process.stdout.write(JSON.stringify([exhausted, await statusOf('/hello.txt')]))
