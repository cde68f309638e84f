import type { ReactNode } from 'react'
import type { MetaSetup } from '@parley/contract/doctor.ts'
import { CopyValue } from '#ui/copy-value.tsx'
import './setup-values.css'

type Login = MetaSetup['logins'][number]['login']

const places: Readonly<Record<Login, { title: string; where: string; redirect: string }>> = {
  instagram: {
    title: 'Instagram login',
    where: 'Instagram, API setup with Instagram login, Business login settings',
    redirect: 'OAuth redirect URI',
  },
  facebook: {
    title: 'Facebook login',
    where: 'Facebook Login for Business, Settings',
    redirect: 'Valid OAuth redirect URI',
  },
}

/** Every value Meta's dashboard asks for, in its words and at its places, ready to be copied. */
export function SetupValues({ setup, verifyToken }: { setup: MetaSetup; verifyToken: ReactNode }) {
  return (
    <div className="panel setup">
      <section className="setup-group" aria-labelledby="setup-webhooks">
        <GroupHead
          id="setup-webhooks"
          title="Webhooks"
          where="Webhooks, object Instagram; or Instagram, API setup with Instagram login, Configure webhooks"
        />
        <dl>
          <dt>Callback URL</dt>
          <dd>
            <CopyValue name="callback URL" value={setup.callbackUrl} />
          </dd>
          <dt>Verify token</dt>
          <dd>{verifyToken}</dd>
          <dt>Fields to subscribe</dt>
          <dd className="setup-fields">
            {setup.fields.length === 0
              ? 'None: no capability that needs webhooks is asked for.'
              : setup.fields.map((field) => <code key={field}>{field}</code>)}
          </dd>
        </dl>
      </section>
      {setup.logins.map(({ login, redirectUri }) => {
        const { title, where, redirect } = places[login]
        return (
          <section key={login} className="setup-group" aria-labelledby={`setup-${login}`}>
            <GroupHead id={`setup-${login}`} title={title} where={where} />
            <dl>
              <dt>{redirect}</dt>
              <dd>
                <CopyValue name={`${login} redirect URI`} value={redirectUri} />
              </dd>
              <dt>Deauthorize callback</dt>
              <dd>
                <CopyValue name={`${login} deauthorize URL`} value={setup.deauthorizeUrl} />
              </dd>
              <dt>Data deletion request</dt>
              <dd>
                <CopyValue name={`${login} data deletion URL`} value={setup.dataDeletionUrl} />
              </dd>
            </dl>
          </section>
        )
      })}
    </div>
  )
}

function GroupHead({ id, title, where }: { id: string; title: string; where: string }) {
  return (
    <div>
      <h3 id={id}>{title}</h3>
      <p className="small soft">{where}</p>
    </div>
  )
}
