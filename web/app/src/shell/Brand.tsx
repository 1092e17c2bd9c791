/** The sign and the name. */
export function Brand({ size = 26, silent }: { size?: number; silent?: boolean }) {
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 9, fontWeight: 680, fontSize: "1.0625rem", letterSpacing: "-0.01em" }}>
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
        <rect width="32" height="32" rx="8" fill="#4650c9" />
        <circle cx="12.5" cy="16" r="6.5" fill="none" stroke="#fff" strokeWidth="2.6" />
        <circle cx="19.5" cy="16" r="6.5" fill="none" stroke="#fff" strokeWidth="2.6" strokeOpacity=".72" />
      </svg>
      {!silent && "Concord"}
    </span>
  );
}
