import { Skeleton } from "@mantine/core";

/** A page on its way: its rough shape, so that nothing jumps. */
export function Loading() {
  return (
    <div style={{ maxWidth: 1040, margin: "0 auto", padding: 28 }} aria-busy="true">
      <Skeleton height={28} width={180} mb={28} />
      {[1, 2, 3].map((row) => (
        <Skeleton key={row} height={92} mb={14} radius="lg" />
      ))}
      <span className="visually-hidden" role="status">Loading</span>
    </div>
  );
}
