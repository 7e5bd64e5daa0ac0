/** Short, because the SDK makes three attempts and a person may be waiting for the result. */
export const ANSWER_TIMEOUTS = {
  connectionTimeout: 5_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
};
