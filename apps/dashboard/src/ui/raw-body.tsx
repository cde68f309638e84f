import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { prettyJson } from './pretty-json.ts'
import './raw-body.css'

/** Bytes as they came, indented when they are JSON; copied as they came. */
export function RawBody({
  titleId,
  title,
  text,
}: {
  titleId: string
  title: string
  text: string
}) {
  const clipboard = useClipboard({ timeout: 2000 })
  return (
    <>
      <div className="raw-head">
        <h2 id={titleId}>{title}</h2>
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            clipboard.copy(text)
          }}
        >
          {clipboard.copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      <pre className="raw" tabIndex={0} aria-labelledby={titleId}>
        {prettyJson(text)}
      </pre>
    </>
  )
}
