import { Hono } from 'hono'
import type { Context } from 'hono'
import type { Box } from '#box.ts'
import { consentPage, windowErrorPage } from '#pages/consent-page.ts'
import { readFacebookDialog, readInstagramAuthorize } from './authorize-request.ts'
import type { ReadAuthorize } from './authorize-request.ts'
import { decideConsent } from './decide-consent.ts'
import type { Decision } from './decide-consent.ts'

type Reader = (box: Box, query: URLSearchParams) => ReadAuthorize

/** The two consent windows. They work without scripts: a page, a form, a redirect. */
export function windowRoutes(box: Box): Hono {
  const routes = new Hono()
  mount(routes, box, '/www.instagram.com/oauth/authorize', readInstagramAuthorize)
  mount(routes, box, '/www.facebook.com/:version{v\\d+\\.\\d+}/dialog/oauth', readFacebookDialog)
  mount(routes, box, '/www.facebook.com/dialog/oauth', readFacebookDialog)
  return routes
}

function mount(routes: Hono, box: Box, path: string, reader: Reader): void {
  const kind = path.startsWith('/www.instagram.com') ? 'instagram' : 'facebook'
  routes.get(path, (c) => {
    const read = reader(box, new URL(c.req.url).searchParams)
    return read.ok
      ? c.html(consentPage(box, read.request))
      : c.html(windowErrorPage(kind, read.error), 400)
  })
  routes.post(path, async (c) => {
    const read = reader(box, new URL(c.req.url).searchParams)
    if (!read.ok) return c.html(windowErrorPage(kind, read.error), 400)
    return c.redirect(decideConsent(box, read.request, await readDecision(c, box)), 302)
  })
}

async function readDecision(c: Context, box: Box): Promise<Decision> {
  const form = await c.req.formData()
  if (form.get('decision') !== 'allow') return { allow: false }
  const named = form.get('account')
  const accountKey = box.world.accounts.find(({ key }) => key === named)?.key
  return {
    allow: true,
    accountKey: accountKey ?? box.world.accounts[0]?.key ?? '',
    scopes: form.getAll('scope').map(String),
    pageIds: form.getAll('page').map(String),
  }
}

/** Reads an authorize address the product made, whichever login it is for. */
export function readAuthorizeUrl(box: Box, url: URL): ReadAuthorize {
  if (url.pathname.includes('/www.instagram.com/')) {
    return readInstagramAuthorize(box, url.searchParams)
  }
  return readFacebookDialog(box, url.searchParams)
}
