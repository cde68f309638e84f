import { NativeSelect } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { IconBrandInstagram, IconLink } from '@tabler/icons-react'
import { useState } from 'react'
import type { Me } from '@parley/contract/me.ts'
import { createConnectSession } from '#api/actions.ts'
import { asRefusal } from '#api/refusal.ts'
import { whyNotManage } from '#pieces/may-manage.ts'
import { startConnect } from '#pieces/start-connect.ts'
import { Action } from '#ui/action.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import { ConnectLink } from './connect-link.tsx'
import './connect.css'

/** Connects an account here and now, or makes a link for somebody who can. */
export function Connect({ me, tenantId }: { me: Me; tenantId: string | undefined }) {
  const [chosen, setChosen] = useState(tenantId ?? me.tenants[0]?.id)
  const [isConnecting, setIsConnecting] = useState(false)
  const link = useMutation({ mutationFn: createConnectSession })
  const tenant = tenantId ?? chosen
  const reason = whyNot(me, tenant)
  const [onlyLogin, ...others] = me.logins
  const login = others.length === 0 ? onlyLogin : undefined
  return (
    <div className="connect">
      {tenantId === undefined && me.tenants.length > 1 ? (
        <NativeSelect
          label="Connect for"
          size="sm"
          value={chosen}
          data={me.tenants.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(event) => {
            setChosen(event.currentTarget.value)
          }}
        />
      ) : null}
      <Action
        variant="default"
        reason={reason}
        loading={link.isPending}
        leftSection={<IconLink size={18} stroke={1.75} aria-hidden="true" />}
        onClick={() => {
          if (tenant !== undefined) link.mutate({ tenantId: tenant, confirmation: 'host' })
        }}
      >
        Copy link
      </Action>
      <Action
        reason={reason}
        leftSection={<IconBrandInstagram size={18} stroke={1.75} aria-hidden="true" />}
        onClick={() => {
          if (tenant === undefined || isConnecting) return
          setIsConnecting(true)
          // The back button may bring this very page back as it was left.
          window.addEventListener('pageshow', () => setIsConnecting(false), { once: true })
          startConnect({ tenantId: tenant, login })
        }}
      >
        {isConnecting ? 'Connecting…' : 'Connect Instagram'}
      </Action>
      {link.error === null ? null : (
        <div className="connect-refused">
          <RefusalNotice {...asRefusal(link.error).problem} />
        </div>
      )}
      <Dialog
        title="Connect link"
        isOpen={link.data !== undefined}
        onClose={() => {
          link.reset()
        }}
      >
        {link.data === undefined ? null : (
          <ConnectLink
            session={link.data}
            onDone={() => {
              link.reset()
            }}
          />
        )}
      </Dialog>
    </div>
  )
}

function whyNot(me: Me, tenant: string | undefined): string | undefined {
  const role = whyNotManage(me)
  if (role !== undefined) return role
  if (me.logins.length === 0) {
    return 'No login is set up: give the server INSTAGRAM_APP_ID or FACEBOOK_APP_ID with its secret.'
  }
  if (tenant === undefined) {
    return 'There is no tenant to connect for: create one with PUT /v1/tenants/{tenantId}.'
  }
  return undefined
}
