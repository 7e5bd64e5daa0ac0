/** Why a file could not be fetched; the kinds are what the store keeps and reports group by. */

const DOWNLOAD_FAILURES = {
  /** Where it points must not be called; only a changed configuration mends that. */
  'host-not-allowed': { final: true },
  'address-not-allowed': { final: true },
  'bad-url': { final: true },
  /** 403, 404, 410 and the other answers that a repetition does not change. */
  'not-found': { final: true },
  'too-large': { final: true },
  redirect: { final: true },
  'server-error': { final: false },
  timeout: { final: false },
  network: { final: false },
} as const satisfies Record<string, { readonly final: boolean }>;

export type DownloadFailureKind = keyof typeof DOWNLOAD_FAILURES;

/** The message names hosts at most: paths and queries of a URL may hold secrets. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';

  constructor(
    readonly kind: DownloadFailureKind,
    message: string,
    readonly options: { readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }

  /** No repetition mends it. */
  get final(): boolean {
    return DOWNLOAD_FAILURES[this.kind].final;
  }
}

/**
 * What the HTTP client threw, as a DownloadError. Only codes of errors are looked at: their messages may hold the URL.
 * One that is a DownloadError already stays as it is, also where the client has wrapped it.
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
