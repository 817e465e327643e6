import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '@tsgi/framework/testing'
import { application } from '../src/app.ts'

test('a new route responds', async () => {
  assert.deepEqual((await request(application).get('/invoices/7')).json(), { invoice: '7', from: 'TSGI' })
})

test('an old route responds as before', async () => {
  assert.deepEqual((await request(application).get('/orders/7')).json(), { order: '7', from: 'Express' })
})

test('what neither has is a 404', async () => {
  assert.equal((await request(application).get('/nowhere')).status, 404)
})
