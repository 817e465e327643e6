import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agent, request } from '@tsgi/framework/testing'
import { application } from '../src/app.ts'

test('the form is shown again with what is wrong', async () => {
  const refused = await request(application).post('/').form({ name: 'Ada', message: ' ' })
  assert.equal(refused.status, 422)
  assert.match(refused.text, /Enter a message/)
  assert.match(refused.text, /value="Ada"/)
})

test('an entry is escaped and stays', async () => {
  const browser = agent(application)
  const signed = await browser.post('/').form({ name: 'Ada', message: '<b>Hello</b>' }).follow()
  assert.equal(signed.status, 200)
  assert.match(signed.text, /&lt;b&gt;Hello/)
})

test('there is a page for what is missing', async () => {
  const missing = await request(application).get('/nowhere').header('Accept', 'text/html')
  assert.equal(missing.status, 404)
  assert.match(missing.text, /There is no such page/)
})
