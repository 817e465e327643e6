/** What is taken for a Python application, by the files that are there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findPythonApplication } from '../../../../packages/server/src/guests/python/find-application.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsgi-find-'))
  for (const sub of ['package/inner', 'plain', 'both']) mkdirSync(join(folder, sub), { recursive: true })
  for (const file of [
    'flaskapp.py',
    'package/__init__.py',
    'package/wsgi.py',
    'both.py',
    'both.ts',
    'app.ts',
    'plain/x.py',
  ]) {
    writeFileSync(join(folder, file), '')
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

it.each([
  ['flaskapp:app', 'flaskapp.py'],
  ['flaskapp', 'flaskapp.py'],
  ['flaskapp:create_app("x", debug=True)', 'flaskapp.py'],
  ['package:application', 'package/__init__.py'],
  ['package.wsgi:application', 'package/wsgi.py'],
  ['plain.x:application', 'plain/x.py'],
  ['plain/x.py:application', 'plain/x.py'],
  ['flaskapp.py', 'flaskapp.py'],
])('finds %s in %s', (spec, file) => {
  expect(findPythonApplication(spec, folder)).toEqual({ spec, file: join(folder, file) })
})

it.each([
  'nowhere:app',
  'nowhere.py:app',
  'app:application',
  'app.ts:application',
  'both:application',
  'plain:application',
  './flaskapp:app',
  '../flaskapp:app',
  'package/:app',
  '',
  ':app',
])('takes %j for none', (spec) => {
  expect(findPythonApplication(spec, folder)).toBe(undefined)
})
