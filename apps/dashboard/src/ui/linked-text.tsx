import { splitLinks } from './link-text.ts'

/** Somebody's words, as text: line breaks are kept, web addresses open in a new tab, nothing else is markup. */
export function LinkedText({ text }: { text: string }) {
  return (
    <>
      {splitLinks(text).map((part, index) =>
        part.kind === 'link' ? (
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
    </>
  )
}
