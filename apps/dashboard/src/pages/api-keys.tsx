import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { apiKeysQuery } from '#api/settings-queries.ts'
import { CreateApiKeyForm } from '#forms/create-api-key.tsx'
import { RevokeApiKey } from '#forms/revoke-api-key.tsx'
import { ListOf } from '#pieces/list-of.tsx'
import { whyNotManage } from '#pieces/may-manage.ts'
import { tenantName } from '#pieces/words.ts'
import { Action } from '#ui/action.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Empty } from '#ui/empty.tsx'
import { Moment } from '#ui/moment.tsx'
import { Page } from '#ui/page.tsx'
import { Tag } from '#ui/tag.tsx'

const route = getRouteApi('/frame/settings/api-keys')

/** Keys for programs. */
export function ApiKeysPage() {
  const { me } = route.useRouteContext()
  const { tenant } = route.useSearch()
  const [isCreating, setIsCreating] = useState(false)
  const apiKeys = useInfiniteQuery(apiKeysQuery())
  const refused = whyNotManage(me)
  const close = () => {
    setIsCreating(false)
  }
  return (
    <Page
      title="API keys"
      lead="Keys for your programs. Each may do only what it was made for."
      action={
        <Action
          reason={refused}
          leftSection={<IconPlus size={18} stroke={1.75} aria-hidden="true" />}
          onClick={() => {
            setIsCreating(true)
          }}
        >
          Make key
        </Action>
      }
    >
      <ListOf
        list={apiKeys}
        label="API keys"
        empty={
          <Empty icon={IconKey} title="No key yet">
            Make one for each program that calls this server. PARLEY_API_KEY of the settings works
            without being listed.
          </Empty>
        }
      >
        {(apiKey) => (
          <div className="rows-row">
            <span className="rows-what">
              <span className="rows-title">{apiKey.name}</span>
              <span className="small">{apiKey.scopes.join(', ')}</span>
              <span className="small soft">
                {tenantName(me, apiKey.tenantId)} · made <Moment at={apiKey.createdAt} /> ·{' '}
                {apiKey.lastUsedAt === null ? (
                  'never used'
                ) : (
                  <>
                    used <Moment at={apiKey.lastUsedAt} />
                  </>
                )}
              </span>
            </span>
            {apiKey.revokedAt === null ? (
              <RevokeApiKey apiKey={apiKey} refused={refused} />
            ) : (
              <Tag>Revoked</Tag>
            )}
          </div>
        )}
      </ListOf>
      <Dialog title="Make an API key" isOpen={isCreating} onClose={close}>
        {isCreating ? <CreateApiKeyForm me={me} tenantId={tenant} onDone={close} /> : null}
      </Dialog>
    </Page>
  )
}
