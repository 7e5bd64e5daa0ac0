/** A global of the workflows' sandbox, true where failure texts are to be encrypted. In a file of its own: the sandbox imports it. */
export const FAILURES_ARE_ENCODED = '__carryover_failures_are_encoded__';
