/** Two brackets that face each other: somebody speaks, somebody answers. */
export function Wordmark() {
  return (
    <span className="wordmark">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" fill="none">
        <rect width="32" height="32" rx="8" className="wordmark-ground" />
        <g strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round">
          <path d="M14 9H8v10h2.5v4L14 19" className="wordmark-near" />
          <path d="M18 13h6v10h-2.5" className="wordmark-far" />
        </g>
      </svg>
      <span>Parley</span>
    </span>
  )
}
