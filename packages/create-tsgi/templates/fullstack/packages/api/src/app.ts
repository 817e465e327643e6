import { join } from 'node:path'
import { NewTask, Task } from '@app/shared'
import { Application, file, get, group, json, notFound, post, put } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { z } from 'zod'

const WEB = join(import.meta.dirname, '../../web/public')

// In memory: each worker has its own tasks, and a restart forgets them. A database comes here.
const tasks = new Map<number, Task>()

const api = group('/api/tasks', [
  get('', { response: z.array(Task) }, () => [...tasks.values()]),
  post('', { body: NewTask, response: Task }, ({ body }) => {
    const task = { id: tasks.size + 1, done: false, ...body }
    tasks.set(task.id, task)
    return json(task, 201)
  }),
  put('/:id/done', { params: z.object({ id: int }), body: z.boolean(), response: Task }, ({ params, body }) => {
    const task = tasks.get(params.id) ?? notFound()
    task.done = body
    return task
  }),
])

export const application = new Application([get('/', () => file(join(WEB, 'index.html'))), api], { static: WEB })
