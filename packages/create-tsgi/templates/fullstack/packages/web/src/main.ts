import type { NewTask, Task } from '@app/shared'

const list = find('#tasks', HTMLUListElement)
const form = find('#new', HTMLFormElement)
const error = find('#error', HTMLElement)

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const task: NewTask = { title: String(new FormData(form).get('title')) }
  const made = await send<Task>('POST', '/api/tasks', task)
  if (made !== undefined) form.reset()
  await show()
})

await show()

async function show(): Promise<void> {
  const tasks = (await send<Task[]>('GET', '/api/tasks')) ?? []
  list.replaceChildren(...tasks.map(row))
}

function row(task: Task): HTMLLIElement {
  const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: task.done })
  box.addEventListener('change', () => send<Task>('PUT', `/api/tasks/${task.id}/done`, box.checked))
  const label = document.createElement('label')
  label.append(box, ` ${task.title}`)
  const item = document.createElement('li')
  item.append(label)
  return item
}

/** One request of the API. On an error, shows it and returns `undefined`. */
async function send<Result>(method: string, path: string, data?: unknown): Promise<Result | undefined> {
  const body = data === undefined ? null : JSON.stringify(data)
  const response = await fetch(path, { method, body, headers: { 'Content-Type': 'application/json' } })
  error.textContent = response.ok ? '' : `${response.status} ${response.statusText}`
  return response.ok ? ((await response.json()) as Result) : undefined
}

function find<Type extends Element>(selector: string, type: new () => Type): Type {
  const element = document.querySelector(selector)
  if (!(element instanceof type)) throw new Error(`the page has no ${selector}`)
  return element
}
