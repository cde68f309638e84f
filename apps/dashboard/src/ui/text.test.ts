import { expect, test } from 'vitest'
import { initials } from './face.tsx'
import { isWebAddress, splitLinks } from './link-text.ts'
import { prettyJson } from './pretty-json.ts'

test('only http and https become links, without the sentence’s own marks', () => {
  expect(
    splitLinks('See https://a.example/x?y=1, or (http://b.example). javascript:alert(1)'),
  ).toEqual([
    { kind: 'text', text: 'See ' },
    { kind: 'link', text: 'https://a.example/x?y=1', href: 'https://a.example/x?y=1' },
    { kind: 'text', text: ', or (' },
    { kind: 'link', text: 'http://b.example', href: 'http://b.example' },
    { kind: 'text', text: '). javascript:alert(1)' },
  ])
  expect(splitLinks('')).toEqual([])
})

test('only addresses of the web and of this server are opened', () => {
  expect(['https://a.example', 'HTTP://a.example', '/v1/x'].every(isWebAddress)).toBe(true)
  const refused = ['javascript:alert(1)', 'data:text/html,x', '//a.example', '/\\a.example', '']
  expect(refused.some(isWebAddress)).toBe(false)
})

test('initials come from letters of any script', () => {
  expect(initials('Maria Lopes')).toBe('ML')
  expect(initials('@quiet_reader')).toBe('QR')
  expect(initials('✨ Sunny ✨')).toBe('S')
  expect(initials('王小明')).toBe('王')
  expect(initials('😀')).toBe('')
})

test('JSON is indented without changing anything but spaces', () => {
  const body = '{"a":[1,2,{"b":"x, {y}: \\"z\\""}],"c":{},"d":[],"e":null}'
  expect(prettyJson(body)).toBe(JSON.stringify(JSON.parse(body), null, 2))
  expect(prettyJson('{"id":17841400000000001234}')).toBe('{\n  "id": 17841400000000001234\n}')
  expect(prettyJson('not json')).toBe('not json')
  expect(prettyJson('')).toBe('')
})
