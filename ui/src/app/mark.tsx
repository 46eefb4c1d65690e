/** The sign of Weft: threads crossing over and under. */
export function Mark() {
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#3b3fa8" />
      <g fill="none" strokeLinecap="round" strokeWidth="3.2">
        <path stroke="#fff" d="M7 11h8M21 11h4M7 21h3M17 21h8" />
        <path stroke="#b9bcff" d="M12 6v2M12 14.5v11M20 6v11.5M20 24v2" />
      </g>
    </svg>
  );
}
