import { errors } from '@parley/contract/errors.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import type { Login } from '@parley/instagram/login.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import { html } from 'hono/html'
import type { Config } from '#config.ts'
import type { AppContext } from '#http/app-env.ts'
import { page } from '#http/page.ts'
import type { OpenedLink } from './open-link.ts'
import type { Choice, UnfitReason } from './schema.ts'

/* Pages for the person who connects. Each works without scripts; a form is how it goes on. */

export const sheet = html`<link rel="stylesheet" href="/connect/assets/pages.css" />`

const PERMISSION: Record<Capability, string> = {
  messages: 'Receive direct messages and answer them',
  comments: 'Read comments and answer them',
  publish: 'Publish posts',
  insights: 'See statistics of posts and of the account',
}

/** One sentence each on which to take. */
const LOGIN: Record<Login, { title: string; advice: string }> = {
  instagram: {
    title: 'Continue with Instagram',
    advice: 'Take this one if you can sign in to the Instagram account itself.',
  },
  facebook: {
    title: 'Continue with Facebook',
    advice: 'Take this one if you manage the account through a Facebook page.',
  },
}

/** Who asks, for what, and which login to take. */
export async function linkPage(
  c: AppContext,
  config: Pick<Config, 'metaUrls'>,
  opened: OpenedLink,
): Promise<Response> {
  const { tenantName, capabilities, logins, username, session } = opened
  const title = username === null ? 'Connect Instagram' : 'Reconnect Instagram'
  return await page(c, {
    title,
    formOrigins: formOrigins(config, session.return_url),
    body: html`${sheet}
      <section class="card">
        <h1>${title}</h1>
        <p>
          <strong>${tenantName}</strong> asks to connect
          ${username === null ? 'an Instagram professional account' : html`<strong>@${username}</strong>`}.
          If you agree, it may:
        </p>
        <ul class="ticks">
          <li>See the profile and its own posts</li>
          ${capabilities.map((name) => html`<li>${PERMISSION[name]}</li>`)}
        </ul>
        <form method="post">
          ${logins.map(
            (login, n) =>
              html`<div class="way">
                <button class="${n === 0 ? '' : 'quiet'}" name="login" value="${login}">
                  ${LOGIN[login].title}
                </button>
                ${logins.length > 1 ? html`<p class="small">${LOGIN[login].advice}</p>` : ''}
              </div>`,
          )}
        </form>
        <p class="small trust">
          You sign in at
          ${logins.map((login) => (login === 'instagram' ? 'Instagram' : 'Facebook')).join(' or ')}
          itself; your password never comes here. Do not go on if you do not know ${tenantName}.
        </p>
      </section>`,
  })
}

const UNFIT: Record<UnfitReason, string> = {
  no_instagram_account: 'No Instagram professional account is linked to this page.',
  not_granted: 'This page was not ticked in Facebook’s window.',
  messages_task_missing: 'Your role on this page does not include the Messages task.',
  no_page_role: 'You have no role on this page.',
}

/** Accounts to choose from; pages that cannot be used say why. */
export async function pickerPage(
  c: AppContext,
  input: {
    choices: readonly Choice[]
    returnUrl: string | null
    isChoiceMissing: boolean
  },
): Promise<Response> {
  const fit = input.choices.filter(({ unfit }) => unfit === null)
  const unfit = input.choices.filter(({ unfit }) => unfit !== null)
  const response = await page(c, {
    title: 'Choose an account',
    status: input.isChoiceMissing ? 422 : 200,
    formOrigins: originsOf([input.returnUrl]),
    body: html`${sheet}
      <section class="card">
        <h1>Which account?</h1>
        <p>You manage several. Choose the one to connect.</p>
        ${input.isChoiceMissing ? html`<p class="note" role="alert">Choose one of the accounts first.</p>` : ''}
        <form method="post">
          <fieldset class="choices">
            <legend>Accounts</legend>
            ${fit.map((choice) => fitChoice(choice))}
          </fieldset>
          <button>Connect this account</button>
        </form>
        ${
          unfit.length === 0
            ? ''
            : html`<details class="rest" open>
                <summary>
                  ${unfit.length === 1 ? 'One page' : `${unfit.length} pages`} cannot be used
                </summary>
                <ul class="choices">
                  ${unfit.map(
                    (choice) =>
                      html`<li class="choice off">
                        <span
                          ><strong>${choice.pageName}</strong
                          ><small>${UNFIT[choice.unfit ?? 'no_page_role']}</small></span
                        >
                      </li>`,
                  )}
                </ul>
              </details>`
        }
      </section>`,
  })
  return allowPictures(
    response,
    fit.map(({ pictureUrl }) => pictureUrl),
  )
}

const fitChoice = (choice: Choice) =>
  html`<label class="choice">
    <input type="radio" name="account" value="${choice.accountId}" required />
    ${choice.pictureUrl === null ? html`<span class="avatar" aria-hidden="true"></span>` : html`<img src="${choice.pictureUrl}" alt="" />`}
    <span>
      <strong
        >${choice.username === null ? (choice.name ?? choice.accountId) : `@${choice.username}`}</strong
      >
      <small>Page ${choice.pageName}</small>
    </span>
  </label>`

/** A callback or link that is not believed. Nothing was connected, and nothing of what came along is shown. */
export async function refusedPage(
  c: AppContext,
  code: ErrorCode,
  options: { isOtherBrowser?: boolean } = {},
): Promise<Response> {
  const { status, title, hint } = errors[code]
  const isOther = options.isOtherBrowser === true
  return await page(c, {
    title: isOther ? 'Continue where you started' : title,
    status,
    body: html`${sheet}
      <section class="card">
        <p class="badge warn">Nothing was connected</p>
        <h1>${isOther ? 'Continue where you started' : title}</h1>
        ${
          isOther
            ? html`<p>
                  You came back in another browser than the one in which you began: some apps open
                  links in a window of their own. For your safety the connection is only finished in
                  the first one.
                </p>
                <p>
                  Go back to the browser with the page where you pressed <strong>Connect</strong>,
                  and press it there again.
                </p>`
            : html`<p>${hint}</p>`
        }
        <p class="small">
          <a href="/errors/${code}">${code}</a> · request <code>${c.var.requestId}</code>
        </p>
      </section>`,
  })
}

/**
 * Browsers apply a form's policy to every redirect after it: to Meta, and, when consent is already there, straight on to
 * the host.
 */
function formOrigins(config: Pick<Config, 'metaUrls'>, returnUrl: string | null): string[] {
  const { instagramWww, facebookWww } = config.metaUrls
  const origins = originsOf([instagramWww, facebookWww, returnUrl])
  const subdomains = origins.flatMap((origin) => {
    const domain = /^https:\/\/www\.(instagram|facebook)\.com$/.exec(origin)?.[1]
    return domain === undefined ? [] : [`https://*.${domain}.com`]
  })
  return [...origins, ...subdomains]
}

/** Meta's pictures come over https, the simulator's from its own plain address. */
export function allowPictures(response: Response, urls: readonly (string | null)[]): Response {
  const name = 'Content-Security-Policy'
  const plain = originsOf(urls).filter((origin) => origin.startsWith('http:'))
  const policy = response.headers.get(name) ?? ''
  response.headers.set(name, policy.replace('img-src', ['img-src', ...plain].join(' ')))
  return response
}

function originsOf(urls: readonly (string | null)[]): string[] {
  return [...new Set(urls.flatMap((url) => (url === null ? [] : [new URL(url).origin])))]
}
