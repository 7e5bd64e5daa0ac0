/** A global of the workflow sandbox, true if failure texts are encrypted. In a file of its own because the sandbox imports it. */
export const FAILURES_ARE_ENCODED = '__carryover_failures_are_encoded__';
