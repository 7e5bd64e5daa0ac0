import { CarryoverError } from '../../domain/engine/failures/failures.js';

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'RequestLimitExceeded',
  // More reads of a shard, or descriptions of a stream, than DynamoDB allows.
  'LimitExceededException',
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
  // No such table; no such index, or a table with another schema.
  'ResourceNotFoundException',
  'ValidationException',
  'NoSuchBucket',
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
]);

/** The answer lacks records or was parsed wrongly. The page is requested again. */
export class WrongCount extends Error {
  override readonly name = 'WrongCount';

  constructor(records: number, count: unknown) {
    super(`DynamoDB's answer holds ${records} records but its Count is ${String(count)}`);
  }
}

/** Used when the source sends no Retry-After: a table's burst capacity has usually recovered by then. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/**
 * Converts an error of the SDK to a CarryoverError. For an aborted request, returns the signal's own reason, so that the caller recognizes its
 * cancellation. `what` names the request and its table and brand, or its object.
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
    return new CarryoverError('SourceThrottled', `${service} throttled ${what} (${name}).`, {
      cause: error,
      retryAfterSeconds,
    });
  }
  if (REFUSED.has(name)) {
    return new CarryoverError('SourceRefused', `${service} refused ${what} (${name}).`, { cause: error });
  }
  return new CarryoverError('SourceUnavailable', `${service} did not answer while ${what} (${name}).`, {
    cause: error,
  });
}

/** Whether the request was throttled and may be sent again later. */
export function isThrottled(error: unknown): boolean {
  const { name, status } = factsOf(error);
  return THROTTLED.has(name) || status === 429;
}

/** DynamoDB's name for the error. */
export function errorCode(error: unknown): string {
  return factsOf(error).name;
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
