import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Task } from '@app/shared'
import { request } from '@tsgi/framework/testing'
import { application } from '../src/app.ts'

test('a task is made and done', async () => {
  const made = await request(application).post('/api/tasks').json({ title: 'Write a test' })
  assert.equal(made.status, 201)
  const { id } = made.json() as Task
  const done = await request(application).put(`/api/tasks/${id}/done`).json(true)
  assert.deepEqual(done.json(), { id, title: 'Write a test', done: true })
})

test('a task without a title is refused', async () => {
  assert.equal((await request(application).post('/api/tasks').json({ title: '' })).status, 422)
})

test('the page is there', async () => {
  assert.match((await request(application).get('/')).text, /<script type="module" src="\/static\/main.js">/)
})
