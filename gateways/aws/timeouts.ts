/** As it would for a table, the SDK asks three times; a person may wait for what comes after. */
export const ANSWER_TIMEOUTS = {
  connectionTimeout: 5_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
};
