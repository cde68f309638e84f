import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutSessionName } from './without-session-name.ts'

test('only the name of the sessions leaves a database address', () => {
  const base = 'postgres://ada:p%40ss@127.0.0.1:5432/shop'
  const same = [base, `${base}?sslmode=require&options=-c%20search_path%3Dx`, 'postgres:///shop']
  for (const url of same) assert.equal(withoutSessionName(url), url)
  for (const [query, left] of [
    ['application_name=shop', ''],
    ['application%5Fname=shop&sslmode=require', '?sslmode=require'],
    [
      'sslmode=require&application_name=a&application_name=b&host=/run/x',
      '?sslmode=require&host=/run/x',
    ],
  ]) {
    assert.equal(withoutSessionName(`${base}?${query}`), `${base}${left}`)
  }
})
