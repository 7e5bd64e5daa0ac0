/** A call that the API has refused, in its own words. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly status: number,
    /** What happened, and what to do next. */
    detail: string,
    readonly ways: readonly string[] = [],
  ) {
    super(detail);
  }
}

/** A call that got no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(cause: unknown) {
    super('The API did not answer. It may be restarting, or the network is down.', { cause });
  }
}

/** Whether the same call may succeed a moment later. */
export function mayPass(error: unknown): boolean {
  return (
    error instanceof NoAnswer || (error instanceof ApiProblem && [429, 502, 503, 504].includes(error.status))
  );
}

/** Whether the API has no such thing; an id that cannot be one is refused with 400. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 404 || error.status === 400);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
