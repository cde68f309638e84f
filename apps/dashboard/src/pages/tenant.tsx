import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import { IconArrowLeft, IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import { meQuery } from '#api/queries.ts'
import { asRefusal } from '#api/refusal.ts'
import { eraseTenant } from '#api/settings-actions.ts'
import { tenantQuery } from '#api/settings-queries.ts'
import { ConfirmForm } from '#forms/confirm.tsx'
import { TenantForm } from '#forms/tenant.tsx'
import { api, paths } from '#paths.ts'
import { ErasureProgress } from '#pieces/erasure-progress.tsx'
import { whyNotManage } from '#pieces/may-manage.ts'
import { Action } from '#ui/action.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Page } from '#ui/page.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import './tenant.css'

const route = getRouteApi('/frame/settings/tenants/$tenantId')

/** One customer of the host: what is set, what is kept how long; its data taken along, or erased. */
export function TenantPage() {
  const { tenantId } = route.useParams()
  const { me } = route.useRouteContext()
  const queryClient = useQueryClient()
  const router = useRouter()
  const [isErasing, setIsErasing] = useState(false)
  const close = () => {
    setIsErasing(false)
  }
  /** Its name, or that it is there at all, is in every page's frame. */
  const renewMe = async () => {
    await queryClient.fetchQuery({ ...meQuery(), staleTime: 0 })
    await router.invalidate()
  }
  const erase = useMutation({
    mutationFn: () => eraseTenant(tenantId),
    onSuccess: async () => {
      close()
      await renewMe()
    },
  })
  // What is being erased is not there any more: nothing to read again.
  const query = useQuery({ ...tenantQuery(tenantId), enabled: erase.data === undefined })
  const tenant = query.data
  const refused = whyNotManage(me)
  return (
    <Page
      title={tenant?.name ?? 'Tenant'}
      lead={
        <Link {...paths.tenants()} className="row">
          <IconArrowLeft size={16} aria-hidden="true" />
          Tenants
        </Link>
      }
    >
      {erase.data === undefined ? null : <ErasureProgress erasure={erase.data} />}
      {query.isPending ? <Skeleton height={360} radius="lg" aria-label="Loading" /> : null}
      {query.error === null || tenant !== undefined ? null : (
        <RefusalNotice {...asRefusal(query.error).problem} onRetry={() => void query.refetch()} />
      )}
      {tenant === undefined || erase.data !== undefined ? null : (
        <>
          <TenantForm tenant={tenant} refused={refused} onSaved={renewMe} />
          <section className="panel tenant-acts" aria-label="Data">
            <div className="tenant-act">
              <div>
                <h2>Take the data along</h2>
                <p className="small soft">
                  Everything of this tenant as JSON Lines, readable; tokens are not in it. Leaves an
                  audit line.
                </p>
              </div>
              <Button
                variant="default"
                leftSection={<IconDownload size={18} stroke={1.75} aria-hidden="true" />}
                renderRoot={(props) => <a href={api.tenantExport(tenantId)} download {...props} />}
              >
                Export
              </Button>
            </div>
            <div className="tenant-act">
              <div>
                <h2>Erase the tenant</h2>
                <p className="small soft">
                  Its accounts are disconnected, its keys destroyed, its rows deleted. There is no
                  way back.
                </p>
              </div>
              <Action
                variant="light"
                color="red"
                reason={refused}
                onClick={() => {
                  setIsErasing(true)
                }}
              >
                Erase
              </Action>
            </div>
          </section>
        </>
      )}
      <Dialog title={`Erase ${tenant?.name ?? 'this tenant'}?`} isOpen={isErasing} onClose={close}>
        {isErasing ? (
          <ConfirmForm
            act="Erase everything"
            keep="Keep it"
            typed={tenantId}
            error={erase.error}
            isPending={erase.isPending}
            onConfirm={() => {
              erase.mutate()
            }}
            onDone={close}
          >
            <p>
              Its Instagram accounts, conversations, messages and deliveries are gone at once for
              everybody, and deleted by a job. Copies in backups cannot be read any more where the
              keys are kept apart.
            </p>
          </ConfirmForm>
        ) : null}
      </Dialog>
    </Page>
  )
}
