import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { request } from '@tsgi/framework/testing'
import { application, legacy } from '../src/app.ts'

after(() => legacy.close())

test('a new route responds', async () => {
  assert.deepEqual((await request(application).get('/invoices/7')).json(), { invoice: '7', source: 'TSGI' })
})

test('an old route responds as before', async () => {
  assert.deepEqual((await request(application).get('/orders/7')).json(), { order: '7', source: 'Flask' })
})
