import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classifyGraphError } from './classify-graph-error.ts'
import { GraphError } from './graph-error.ts'
import { HttpFailure } from './http-port.ts'
import { LoginNotConfigured } from './graph-context.ts'
import { Secret } from './secret.ts'
import { fakeMeta, parts } from './testing/fake-meta.ts'

const REDIRECT = 'https://parley.example/oauth/instagram/callback'

test("Instagram's consent window is asked for exactly what Meta documents", () => {
  const { client } = fakeMeta([])
  const url = new URL(
    client.instagramAuthorizeUrl({
      redirectUri: REDIRECT,
      state: 's1',
      scopes: ['instagram_business_basic', 'instagram_business_manage_messages'],
    }),
  )
  assert.equal(url.origin + url.pathname, 'https://www.instagram.com/oauth/authorize')
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    client_id: '111',
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'instagram_business_basic,instagram_business_manage_messages',
    state: 's1',
  })
})

test('PKCE, forced login and a hidden Facebook button are options', () => {
  const { client } = fakeMeta([])
  const url = client.instagramAuthorizeUrl({
    redirectUri: REDIRECT,
    state: 's1',
    scopes: [],
    codeChallenge: 'abc',
    forceReauth: true,
    hideFacebookLogin: true,
  })
  assert.match(url, /code_challenge=abc&code_challenge_method=S256/)
  assert.match(url, /force_reauth=true&enable_fb_login=false/)
})

test('a login configuration replaces the scopes in the Facebook dialog', () => {
  const request = { redirectUri: REDIRECT, state: 's1', scopes: ['instagram_basic'] }
  const plain = fakeMeta([]).client.facebookAuthorizeUrl(request)
  assert.match(
    plain,
    /^https:\/\/www\.facebook\.com\/v25\.0\/dialog\/oauth\?.*scope=instagram_basic/,
  )

  const facebookApp = { id: '222', secret: new Secret('s'), loginConfigId: '333' }
  const configured = fakeMeta([], { facebookApp }).client.facebookAuthorizeUrl(request)
  assert.match(configured, /config_id=333/)
  assert.doesNotMatch(configured, /scope=/)
})

test('a base address may carry a path and a trailing slash', async () => {
  const urls = {
    instagramWww: 'http://127.0.0.1:3001/www/',
    instagramApi: 'http://127.0.0.1:3001/api',
    instagramGraph: 'http://127.0.0.1:3001/graph',
    facebookWww: 'http://127.0.0.1:3001/fb-www',
    facebookGraph: 'http://127.0.0.1:3001/fb',
  }
  const { client, asked } = fakeMeta([{ body: { user_id: '1', username: 'a' } }], { urls })
  const request = { redirectUri: REDIRECT, state: 's1', scopes: [] }
  assert.match(
    client.instagramAuthorizeUrl(request),
    /^http:\/\/127\.0\.0\.1:3001\/www\/oauth\/auth/,
  )
  await client.readInstagramAccount(new Secret('T'))
  assert.equal(parts(asked[0]).address, 'GET http://127.0.0.1:3001/graph/v25.0/me')
})

/** Every form in which the reply was documented or seen, as text: a 17-digit id stands unquoted. */
const EXCHANGES = {
  'flat, integer id, scopes as list':
    '{"access_token":"IGAA1","user_id":28978671838402975,"permissions":["instagram_business_basic","instagram_business_manage_messages"]}',
  'flat, id and scopes as text':
    '{"access_token":"IGAA1","user_id":"28978671838402975","permissions":"instagram_business_basic,instagram_business_manage_messages"}',
  'listed, as documented':
    '{"data":[{"access_token":"IGAA1","user_id":"28978671838402975","permissions":"instagram_business_basic, instagram_business_manage_messages"}]}',
  'listed, integer id, scopes as list':
    '{"data":[{"access_token":"IGAA1","user_id":28978671838402975,"permissions":["instagram_business_basic","instagram_business_manage_messages"]}]}',
}

for (const [name, body] of Object.entries(EXCHANGES)) {
  test(`the code exchange is read when it answers ${name}`, async () => {
    const { client, asked } = fakeMeta([{ body }])
    const short = await client.exchangeInstagramCode({ code: 'AQx', redirectUri: REDIRECT })
    assert.equal(short.token.reveal(), 'IGAA1')
    assert.equal(short.appScopedId, '28978671838402975')
    assert.deepEqual(short.scopes, [
      'instagram_business_basic',
      'instagram_business_manage_messages',
    ])

    assert.equal(parts(asked[0]).address, 'POST https://api.instagram.com/oauth/access_token')
    assert.deepEqual(Object.fromEntries(new URLSearchParams(String(asked[0]?.body))), {
      client_id: '111',
      client_secret: 'ig-app-secret',
      grant_type: 'authorization_code',
      redirect_uri: REDIRECT,
      code: 'AQx',
    })
  })
}

test('a token alone is enough, and a reply without one is no answer', async () => {
  const alone = fakeMeta([{ body: { access_token: 'IGAA1' } }])
  const short = await alone.client.exchangeInstagramCode({ code: 'AQx', redirectUri: REDIRECT })
  assert.deepEqual([short.appScopedId, short.scopes], [undefined, undefined])

  for (const body of [{}, { access_token: '' }, { data: [] }, '<html>', 'null']) {
    const { client } = fakeMeta([{ body }])
    await assert.rejects(
      client.exchangeInstagramCode({ code: 'AQx', redirectUri: REDIRECT }),
      (error) => error instanceof GraphError && error.shape === 'none',
    )
  }
})

test('a code is sent once, whatever happens', async () => {
  const answers = [new HttpFailure('after_sent'), { body: { access_token: 'IGAA1' } }]
  const { client, asked } = fakeMeta(answers)
  await assert.rejects(
    client.exchangeInstagramCode({ code: 'AQx', redirectUri: REDIRECT }),
    HttpFailure,
  )
  assert.equal(asked.length, 1)
})

test('a redirect from the token endpoint is an error, not a journey', async () => {
  const { client, asked } = fakeMeta([
    { status: 302, headers: { location: 'https://evil.example' }, body: '' },
  ])
  await assert.rejects(
    client.exchangeInstagramCode({ code: 'AQx', redirectUri: REDIRECT }),
    GraphError,
  )
  assert.equal(asked.length, 1)
})

test('a used code says so', async () => {
  const body = {
    error_type: 'OAuthException',
    code: 400,
    error_message: 'Matching code was not found or was already used',
  }
  const { client } = fakeMeta([{ status: 400, body }])
  await assert.rejects(
    client.exchangeInstagramCode({ code: 'AQx', redirectUri: REDIRECT }),
    (error) => error instanceof GraphError && classifyGraphError(error) === 'needs_reauth',
  )
})

test('short to long and refresh use the unversioned addresses, without app id', async () => {
  const body = { access_token: 'IGAA2', token_type: 'bearer', expires_in: 5183944 }
  const { client, asked } = fakeMeta([{ body }, { body: { ...body, permissions: 'a,b' } }])
  const long = await client.extendInstagramToken(new Secret('IGAA1'))
  assert.deepEqual([long.token.reveal(), long.expiresInSeconds], ['IGAA2', 5183944])
  assert.deepEqual(parts(asked[0]), {
    address: 'GET https://graph.instagram.com/access_token',
    query: {
      grant_type: 'ig_exchange_token',
      client_secret: 'ig-app-secret',
      access_token: 'IGAA1',
    },
  })
  const refreshed = await client.refreshInstagramToken(long.token)
  assert.deepEqual(refreshed.scopes, ['a', 'b'])
  assert.deepEqual(parts(asked[1]), {
    address: 'GET https://graph.instagram.com/refresh_access_token',
    query: { grant_type: 'ig_refresh_token', access_token: 'IGAA2' },
  })
})

test("Facebook's exchanges read a token with or without an end", async () => {
  const { client, asked } = fakeMeta([
    { body: { access_token: 'EAA1', token_type: 'bearer', expires_in: '5400' } },
    { body: { access_token: 'EAA2' } },
  ])
  const user = await client.exchangeFacebookCode({
    code: 'AQx',
    redirectUri: REDIRECT,
    codeVerifier: 'v',
  })
  assert.equal(user.expiresInSeconds, 5400)
  assert.equal(parts(asked[0]).query['code_verifier'], 'v')
  const long = await client.extendFacebookToken(user.token)
  assert.deepEqual([long.token.reveal(), long.expiresInSeconds], ['EAA2', undefined])
  assert.deepEqual(parts(asked[1]), {
    address: 'GET https://graph.facebook.com/v25.0/oauth/access_token',
    query: {
      grant_type: 'fb_exchange_token',
      client_id: '222',
      client_secret: 'meta-app-secret',
      fb_exchange_token: 'EAA1',
    },
  })
})

test('a login without an app says which one is missing', async () => {
  const { client, asked } = fakeMeta([], { instagramApp: undefined })
  await assert.rejects(
    client.extendInstagramToken(new Secret('IGAA1')),
    (error) => error instanceof LoginNotConfigured && error.login === 'instagram',
  )
  assert.equal(asked.length, 0)
})
