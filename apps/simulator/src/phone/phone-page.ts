import { html } from 'hono/html'

const STYLES = ['base', 'inbox', 'phone', 'thread', 'pane', 'log', 'narrow']

/** The phone, its pane and the log as empty frames; `phone.js` fills them. */
export const phonePage = () =>
  html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Phone · Instagram in a box</title>
        <link rel="icon" href="data:," />
        ${STYLES.map((name) => html`<link rel="stylesheet" href="/assets/${name}.css" />`)}
        <script type="module" src="/assets/phone.js"></script>
      </head>
      <body data-view="phone">
        <header class="top">
          <h1>Instagram in a box <span class="badge">Simulator</span></h1>
          <nav aria-label="Views">
            <button type="button" data-show="phone" aria-pressed="true">Phone</button>
            <button type="button" data-show="pane" aria-pressed="false">Quirks &amp; faults</button>
            <button type="button" data-show="log" aria-pressed="false">Log</button>
          </nav>
          <p class="live" id="live" role="status">Connecting…</p>
        </header>
        <main>${inbox()} ${phone()} ${pane()} ${log()}</main>
      </body>
    </html>`

const inbox = () => html`
  <section class="inbox" aria-label="Inbox">
    <div class="pickers">
      <div class="me">
        <label
          >Person
          <select id="person"></select
        ></label>
        <img id="me" alt="" width="38" height="38" hidden />
      </div>
      <label
        >Account
        <select id="account"></select
      ></label>
    </div>
    <h2>Businesses</h2>
    <ul id="threads" class="threads"></ul>
    <label class="check">
      <input type="checkbox" id="receipts" checked /> Tell the business when messages are read
    </label>
    <p class="hint" id="link"></p>
  </section>
`

const phone = () => html`
  <section class="phone" aria-label="Phone">
    <div class="screen">
      <div class="status" aria-hidden="true">
        <span id="time"></span><span class="signal"></span>
      </div>
      <header class="peer" id="peer"></header>
      <div class="notice" id="notice" hidden></div>
      <div class="messages" id="messages" role="log" aria-label="Conversation" tabindex="0"></div>
      <div class="starters" id="starters" hidden></div>
      <div class="quoting" id="quoting" hidden></div>
      <form class="composer" id="composer" autocomplete="off">
        <details class="attach" id="attach">
          <summary aria-label="Attach">+</summary>
          <div class="menu" role="menu" id="attachMenu"></div>
        </details>
        <input id="message" aria-label="Message" placeholder="Message…" maxlength="20000" />
        <button type="submit" id="send">Send</button>
      </form>
    </div>
  </section>
`

const pane = () => html`
  <section class="pane" aria-label="Quirks and faults">
    <h2>Quirks &amp; faults</h2>
    <div id="pane"></div>
  </section>
`

const log = () => html`
  <section class="log" aria-label="Log">
    <h2>Webhooks sent</h2>
    <ol id="webhooks" class="lines"></ol>
    <h2>Calls to Graph</h2>
    <ol id="calls" class="lines"></ol>
  </section>
`
