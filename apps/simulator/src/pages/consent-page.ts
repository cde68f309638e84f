import { html } from 'hono/html'
import type { Box } from '#box.ts'
import type { AuthorizeRequest, WindowError } from '#oauth/authorize-request.ts'
import { facebookScopes, instagramScopes } from '#oauth/scopes.ts'
import type { Account, Page } from '#world/world.ts'

type Html = ReturnType<typeof html>

/** The window of either login: who asks, for which account, for what, and two buttons. */
export function consentPage(box: Box, request: AuthorizeRequest): Html {
  const isInstagram = request.kind === 'instagram'
  return frame(
    request.kind,
    `${request.app.name} · permissions`,
    html`
      <form method="post">
        <header class="who">
          <div class="mark" aria-hidden="true">${request.app.name.slice(0, 1)}</div>
          <h1>
            ${
              isInstagram
                ? html`<strong>${request.app.name}</strong> is requesting access to an Instagram
                    account`
                : html`<strong>${request.app.name}</strong> would like to use your Pages and their
                    Instagram accounts`
            }
          </h1>
        </header>
        ${isInstagram ? accountChoice(box) : pageChoice(box)} ${scopeSwitches(request)}
        <div class="buttons">
          <button class="primary" name="decision" value="allow">Allow</button>
          <button name="decision" value="cancel">Cancel</button>
        </div>
        <p class="fine">
          By pressing Allow, a made-up business lets ${request.app.name} act on this machine.
          Nothing leaves it.
        </p>
      </form>
    `,
  )
}

/** Wrong app or address: shown here, never sent back. */
export function windowErrorPage(kind: AuthorizeRequest['kind'], error: WindowError): Html {
  return frame(
    kind,
    error.title,
    html`
      <header class="who">
        <div class="mark" aria-hidden="true">!</div>
        <h1>${error.title}</h1>
      </header>
      <p class="error" role="alert">${error.text}</p>
      <p class="fine">
        Meta shows this page without going back to your product. Compare the app id and the redirect
        address with the ones the simulator printed when it started.
      </p>
    `,
  )
}

function accountChoice(box: Box): Html {
  return html`
    <fieldset class="choices">
      <legend>Choose an account</legend>
      ${box.world.accounts.map((account, index) => accountRow(account, index === 0))}
    </fieldset>
  `
}

function accountRow(account: Account, isFirst: boolean): Html {
  return html`
    <label class="choice">
      <img src="/cdn/accounts/${account.key}.svg" alt="" width="44" height="44" />
      <span>
        <b>${account.username}</b>
        <small
          >${account.name} · ${account.accountType === 'Business' ? 'Business' : 'Creator'}</small
        >
      </span>
      <input type="radio" name="account" value="${account.key}" ${isFirst ? 'checked' : ''} />
    </label>
  `
}

function pageChoice(box: Box): Html {
  return html`
    <p class="signed-in">Signed in as <b>${box.world.facebookUser.name}</b></p>
    <fieldset class="choices">
      <legend>Choose the Pages to share</legend>
      ${box.world.pages.map((page) => pageRow(box, page))}
    </fieldset>
  `
}

function pageRow(box: Box, page: Page): Html {
  return html`
    <label class="choice">
      <img src="/cdn/pages/${page.id}.svg" alt="" width="44" height="44" />
      <span>
        <b>${page.name}</b>
        <small>${pageNote(box, page)}</small>
      </span>
      <input type="checkbox" name="page" value="${page.id}" checked />
    </label>
  `
}

function pageNote(box: Box, { category, instagram, tasks }: Page): string {
  if (!instagram) return `${category} · no Instagram account`
  const known = 'accountKey' in instagram ? instagram.accountKey : instagram.username
  const account = box.world.accounts.find(({ key }) => key === known)
  const name = account?.username ?? known
  const mayMessage = tasks.some((task) => /MESSAGING|FULL_CONTROL/.test(task))
  return mayMessage ? `@${name}` : `@${name} · you may not read messages`
}

function scopeSwitches(request: AuthorizeRequest): Html {
  const words = request.kind === 'instagram' ? instagramScopes : facebookScopes
  if (request.isAllOrNothing) {
    return html`
      <section class="scopes">
        <h2>${request.app.name} will be able to</h2>
        <ul>
          ${request.scopes.map((scope) => html`<li>${words[scope] ?? scope}</li>`)}
        </ul>
        ${request.scopes.map((scope) => html`<input type="hidden" name="scope" value="${scope}" />`)}
      </section>
    `
  }
  return html`
    <fieldset class="scopes">
      <legend>${request.app.name} will be able to</legend>
      ${request.scopes.map(
        (scope) => html`
          <label class="switch-row">
            <span>${words[scope] ?? scope}<code>${scope}</code></span>
            <input
              class="switch"
              type="checkbox"
              role="switch"
              name="scope"
              value="${scope}"
              checked
            />
          </label>
        `,
      )}
    </fieldset>
  `
}

function frame(kind: AuthorizeRequest['kind'], title: string, body: Html): Html {
  return html`<!DOCTYPE html>
    <html lang="en" class="${kind}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/consent.css" />
      </head>
      <body>
        <div class="bar">
          <span class="wordmark"
            >${kind === 'instagram' ? 'instagram in a box' : 'pages in a box'}</span
          >
          <span class="badge">Simulator</span>
        </div>
        <main>${body}</main>
      </body>
    </html>`
}
