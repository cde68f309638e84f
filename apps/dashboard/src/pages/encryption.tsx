import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { EncryptionKeys } from '@parley/contract/encryption-keys.ts'
import { asRefusal } from '#api/refusal.ts'
import { encryptionKeysQuery } from '#api/settings-queries.ts'
import { CopyValue } from '#ui/copy-value.tsx'
import { Moment } from '#ui/moment.tsx'
import { Notice } from '#ui/notice.tsx'
import { Page } from '#ui/page.tsx'
import { RefusalNotice } from '#ui/refusal-notice.tsx'
import { Tag } from '#ui/tag.tsx'
import { count } from '#ui/time.ts'
import './encryption.css'
import '#ui/rows.css'

const states = {
  wraps: { word: 'Wraps new ones', tone: 'good' },
  opens: { word: 'Opens only', tone: 'plain' },
  missing: { word: 'Missing', tone: 'bad' },
} as const

/** Which keys there are. They are changed on the command line, beside the settings that hold them. */
export function EncryptionPage() {
  const keys = useQuery(encryptionKeysQuery())
  return (
    <Page
      title="Encryption"
      lead="Tokens and texts are sealed with data keys, data keys are wrapped by a master key."
    >
      {keys.isPending ? <Skeleton height={240} radius="lg" aria-label="Loading" /> : null}
      {keys.error === null || keys.data !== undefined ? null : (
        <RefusalNotice {...asRefusal(keys.error).problem} onRetry={() => void keys.refetch()} />
      )}
      {keys.data === undefined ? null : <Keys keys={keys.data} />}
    </Page>
  )
}

function Keys({
  keys: { masterKeys, owners, oldestDataKeyAt, rotations },
}: {
  keys: EncryptionKeys
}) {
  return (
    <>
      {rotations.map(({ owner, version, startedAt, resealed }) => (
        <Notice
          key={`${owner} ${version}`}
          tone="warn"
          title={`A rotation of ${owner} is not finished`}
        >
          <p>
            Begun <Moment at={startedAt} />, {count(resealed, 'value')} sealed anew with version{' '}
            {version}. Run the command below again: it goes on where it was.
          </p>
        </Notice>
      ))}
      <h2>Master keys</h2>
      <div className="panel rows">
        <ul aria-label="Master keys">
          {masterKeys.map(({ name, state, dataKeys }) => (
            <li key={name} className="rows-row">
              <span className="rows-what">
                <span className="rows-title">{name}</span>
                <span className="small soft">
                  {dataKeys === 0
                    ? 'No data key needs it'
                    : `${count(dataKeys, 'data key')} under it`}
                </span>
              </span>
              <Tag tone={states[state].tone}>{states[state].word}</Tag>
            </li>
          ))}
        </ul>
      </div>
      <h2 id="commands">On the command line</h2>
      <section className="panel encryption-commands" aria-labelledby="commands">
        <Command value="npm run parley -- keys rotate --all">
          Make new data keys and seal everything anew, while everything runs. There are{' '}
          {count(owners, 'owner')} of data keys
          {oldestDataKeyAt === null ? (
            '.'
          ) : (
            <>
              ; the oldest key was made <Moment at={oldestDataKeyAt} />.
            </>
          )}
        </Command>
        <Command value="npm run parley -- keys rotate --master">
          Wrap every data key with the first master key. Put the new one in front of
          PARLEY_ENCRYPTION_KEYS and restart every process before; drop the old one when nothing
          needs it any more.
        </Command>
        <Command value="npm run parley -- keys status">
          How many rows need each version. It counts them all, so it takes its time.
        </Command>
      </section>
    </>
  )
}

function Command({ value, children }: { value: string; children: ReactNode }) {
  return (
    <div className="encryption-command">
      <p className="small soft">{children}</p>
      <CopyValue name="command" value={value} />
    </div>
  )
}
