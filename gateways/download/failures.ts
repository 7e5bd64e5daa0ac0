/** Why a file could not be fetched. The store records these kinds and reports group by them. */

const DOWNLOAD_FAILURES = {
  /** The address must not be called; only a configuration change can fix this. */
  'host-not-allowed': { final: true },
  'address-not-allowed': { final: true },
  'bad-url': { final: true },
  /** 403, 404, 410 and other responses that a retry does not change. */
  'not-found': { final: true },
  'too-large': { final: true },
  redirect: { final: true },
  'server-error': { final: false },
  timeout: { final: false },
  network: { final: false },
} as const satisfies Record<string, { readonly final: boolean }>;

export type DownloadFailureKind = keyof typeof DOWNLOAD_FAILURES;

/** The message names at most hosts: paths and queries of a URL may hold secrets. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';

  constructor(
    readonly kind: DownloadFailureKind,
    message: string,
    readonly options: { readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }

  /** Whether a retry cannot succeed. */
  get final(): boolean {
    return DOWNLOAD_FAILURES[this.kind].final;
  }
}

/**
 * Converts an error of the HTTP client to a DownloadError. Uses only the error's code, because its message may hold the URL. Returns an existing
 * DownloadError unchanged, even when the client has wrapped it.
 */
export function downloadError(error: unknown, host: string): DownloadError {
  if (error instanceof DownloadError) return error;
  if (error instanceof Error && error.cause instanceof DownloadError) return error.cause;
  const code = codeOf(error);
  if (code !== undefined && TIMEOUTS.has(code)) {
    return new DownloadError('timeout', `${host} did not answer in time (${code}).`, { cause: error });
  }
  const reason = code === undefined ? '' : ` (${code})`;
  return new DownloadError('network', `The connection to ${host} failed${reason}.`, { cause: error });
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
