import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import * as fc from 'fast-check'
import { AnswerScrubber, UnreadableAnswer } from './answer-scrubber.ts'

const TOKEN = 'IGAAcanary'
const PLACES = {
  graphUrl: 'https://graph.instagram.com',
  ownUrl: 'https://parley.example/v1/connections/c/graph',
}

/** The answer, handed over in these pieces. */
function scrub(pieces: readonly string[], places = PLACES): string {
  const scrubber = new AnswerScrubber(new Secret(TOKEN), places)
  return pieces.map((piece) => scrubber.push(piece)).join('') + scrubber.end()
}

const CASES: readonly [string, string][] = [
  ['{}', '{}'],
  [' [ 1 , -2.5e+3 , true , null , "a" , "b" ] ', ' [ 1 , -2.5e+3 , true , null , "a" , "b" ] '],
  ['{"id":17841400000000101,"n":1.0}', '{"id":17841400000000101,"n":1.0}'],
  ['{"a":"quote \\" and \\\\","b":"\\u00e9\\/"}', '{"a":"quote \\" and \\\\","b":"\\u00e9\\/"}'],
  ['{"access_token" : "EAA1" ,"b":"c"}', '{"access_token" : "[withheld]" ,"b":"c"}'],
  ['{"access_token":["a"],"b":"c"}', '{"access_token":["a"],"b":"c"}'],
  ['{"access_token":null,"b":"c"}', '{"access_token":null,"b":"c"}'],
  ['{"\\u0061ccess_token":"EAA1"}', '{"\\u0061ccess_token":"[withheld]"}'],
  [`{"a":"x ${TOKEN} y"}`, '{"a":"x [withheld] y"}'],
  ['{"a":"IGAA\\u0063anary"}', '{"a":"[withheld]"}'],
  [`{"${TOKEN}":1}`, '{"[withheld]":1}'],
  [`"${TOKEN}"`, '"[withheld]"'],
  [
    `{"next":"https:\\/\\/graph.instagram.com\\/v25.0\\/1\\/media?access_token=${TOKEN}&after=x"}`,
    '{"next":"https://parley.example/v1/connections/c/graph/v25.0/1/media?after=x"}',
  ],
  [
    '{"u":"https://cdn.example/p.jpg?x=1&access%5Ftoken=EAA1"}',
    '{"u":"https://cdn.example/p.jpg?x=1"}',
  ],
  ['{"u":"https://cdn.example/p.jpg?oh=%7e"}', '{"u":"https://cdn.example/p.jpg?oh=%7e"}'],
  ['{"u":"https://graph.instagram.com.evil/x"}', '{"u":"https://graph.instagram.com.evil/x"}'],
]

test('tokens are taken out, everything else stays as it was written', () => {
  for (const [given, expected] of CASES) assert.equal(scrub([given]), expected)
})

test('wherever an answer is cut into pieces, what goes out is the same', () => {
  for (const [given, expected] of CASES) {
    assert.equal(scrub(given.split('')), expected)
    for (let at = 0; at <= given.length; at += 1) {
      assert.equal(scrub([given.slice(0, at), given.slice(at)]), expected, `${given} at ${at}`)
    }
  }
})

test('an answer without tokens goes through unchanged, and one with ours never shows it', () => {
  fc.assert(
    fc.property(fc.json(), fc.array(fc.nat(200)), (json, cuts) => {
      const clean = json.replaceAll(/token|secret/gi, 'x')
      const places = [...cuts.map((cut) => cut % (clean.length + 1)), clean.length].toSorted(
        (a, b) => a - b,
      )
      const pieces = places.map((end, index) => clean.slice(places[index - 1] ?? 0, end))
      assert.equal(scrub(pieces), clean)
    }),
  )
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      const json = JSON.stringify([value, `${text}${TOKEN}${text}`, { [`${text}${TOKEN}`]: TOKEN }])
      assert.ok(!scrub(json.split('')).includes(TOKEN))
    }),
  )
})

test('a base with a path of its own is left out of the proxy’s address', () => {
  const places = { ...PLACES, graphUrl: 'http://127.0.0.1:3001/graph.instagram.com' }
  const given = '"http://127.0.0.1:3001/graph.instagram.com/v25.0/me?fields=id"'
  assert.equal(
    scrub([given], places),
    '"https://parley.example/v1/connections/c/graph/v25.0/me?fields=id"',
  )
})

test('what is no JSON cannot be searched, and is not let through', () => {
  for (const given of [
    '<html>',
    TOKEN,
    `{"a":${TOKEN}}`,
    '{"a":"b',
    '"\\x"',
    '"line\nbreak\\"',
    `"${'x'.repeat(1024 * 1024)}"`,
    `{"a":"https://x/\n"}`,
    '/**/callback({})',
  ]) {
    let out = ''
    assert.throws(
      () => {
        out = scrub([given])
      },
      UnreadableAnswer,
      given.slice(0, 40),
    )
    assert.equal(out, '')
  }
})
