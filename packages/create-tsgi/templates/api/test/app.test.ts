import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '@tsgi/framework/testing'
import { application } from '../src/app.ts'

test('a note is made, read and removed', async () => {
  const made = await request(application).post('/notes').json({ title: 'First' })
  assert.equal(made.status, 201)
  const { id } = made.json() as { id: number }
  assert.deepEqual((await request(application).get(`/notes/${id}`)).json(), { id, title: 'First', text: '' })
  assert.equal((await request(application).delete(`/notes/${id}`)).status, 204)
  assert.equal((await request(application).get(`/notes/${id}`)).status, 404)
})

test('a note without a title is refused', async () => {
  const refused = await request(application).post('/notes').json({ title: ' ' })
  assert.equal(refused.status, 422)
  assert.match(refused.text, /title/)
})

test('an id that is no number is refused', async () => {
  assert.equal((await request(application).get('/notes/first')).status, 400)
})
