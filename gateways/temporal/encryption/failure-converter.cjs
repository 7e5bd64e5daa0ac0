// @ts-check
// CommonJS, and no TypeScript: the SDK takes a worker's failure converter as the path of a file that it can require().

const { DefaultFailureConverter } = require('@temporalio/common');

/** Puts a failure's message and stack trace into a payload, which the codec then encrypts; the history shows `Encoded failure`. */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
