/** Waits for all, whatever happens; throws what was thrown first, and says when that is. */
export async function allOrFirstFailure(
  runs: readonly Promise<unknown>[],
  onFailure: () => void,
): Promise<void> {
  let first: { readonly error: unknown } | undefined
  const settled = runs.map((run) =>
    run.catch((error: unknown) => {
      first ??= { error }
      onFailure()
    }),
  )
  await Promise.all(settled)
  if (first !== undefined) throw first.error
}
