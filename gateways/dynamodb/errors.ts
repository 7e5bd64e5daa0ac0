import { CarryoverError } from '../../domain/engine/failures.js';

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'SlowDown',
  'ServiceUnavailable',
]);

const REFUSED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'OptInRequired',
  // No such table; no such index, or a table of another shape.
  'ResourceNotFoundException',
  'ValidationException',
  'NoSuchBucket',
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
]);

/** A page of which something is missing, or that was read wrongly: it is asked for again. */
export class WrongCount extends Error {
  override readonly name = 'WrongCount';

  constructor(records: number, count: unknown) {
    super(`DynamoDB's answer holds ${records} records, and its Count is ${String(count)}`);
  }
}

/** Where the source does not say how long, its usual burst of capacity is back after this. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/**
 * The failure that an error of the SDK means. An aborted request gives the signal's own reason, so that whoever cancelled
 * recognizes it. `what` says what was asked, of which table and brand, or of which object.
 */
export function sourceError(
  error: unknown,
  what: string,
  signal: AbortSignal | undefined,
  service: 'DynamoDB' | 'S3' = 'DynamoDB',
): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof CarryoverError) return error;
  if (error instanceof WrongCount)
    return new CarryoverError('SourceUnavailable', `${error.message}: ${what}.`, { cause: error });
  const { name, retryAfter } = factsOf(error);
  if (isThrottled(error)) {
    const retryAfterSeconds = retryAfter ?? DEFAULT_RETRY_AFTER_SECONDS;
    return new CarryoverError('SourceThrottled', `${service} is busy (${name}): ${what}.`, {
      cause: error,
      retryAfterSeconds,
    });
  }
  if (REFUSED.has(name)) {
    return new CarryoverError('SourceRefused', `${service} refuses (${name}): ${what}.`, { cause: error });
  }
  return new CarryoverError('SourceUnavailable', `${service} does not answer (${name}): ${what}.`, {
    cause: error,
  });
}

/** What is asked came too fast, and may be asked again later. */
export function isThrottled(error: unknown): boolean {
  const { name, status } = factsOf(error);
  return THROTTLED.has(name) || status === 429;
}

interface Facts {
  readonly name: string;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
}

function factsOf(error: unknown): Facts {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Record<string, string> };
  };
  const name = typeof fields.code === 'string' ? fields.code : fields.name;
  const seconds = Number(fields.$response?.headers?.['retry-after']);
  return {
    name: typeof name === 'string' ? name : 'unknown error',
    status: fields.$metadata?.httpStatusCode,
    retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
  };
}
