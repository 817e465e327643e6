import type { application } from '@app/api'
import type { Task } from '@app/shared'
import { ClientError, client } from '@tsgi/framework/client'

// Typed by the routes of the API: a path that is not one, or another body, does not compile.
const api = client<typeof application>('/')

const list = find('#tasks', HTMLUListElement)
const form = find('#new', HTMLFormElement)
const error = find('#error', HTMLElement)

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const title = String(new FormData(form).get('title'))
  await shown(async () => {
    await api('POST /api/tasks', { body: { title } })
    form.reset()
  })
  await show()
})

await show()

async function show(): Promise<void> {
  await shown(async () => list.replaceChildren(...(await api('GET /api/tasks')).map(row)))
}

function row(task: Task): HTMLLIElement {
  const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: task.done })
  box.addEventListener('change', () =>
    shown(async () => void (await api('PUT /api/tasks/:id/done', { params: { id: task.id }, body: box.checked }))),
  )
  const label = document.createElement('label')
  label.append(box, ` ${task.title}`)
  const item = document.createElement('li')
  item.append(label)
  return item
}

/** Does something with the API; its error is shown on the page. */
async function shown(work: () => Promise<void>): Promise<void> {
  try {
    await work()
    error.textContent = ''
  } catch (cause) {
    if (!(cause instanceof ClientError)) throw cause
    error.textContent = cause.message
  }
}

function find<Type extends Element>(selector: string, type: new () => Type): Type {
  const element = document.querySelector(selector)
  if (!(element instanceof type)) throw new Error(`the page has no ${selector}`)
  return element
}
