/** A client or a command of the AWS SDK. Their stacks differ only in the types of requests. */
export interface Stacked {
  readonly middlewareStack: { add(middleware: never, options: never): void };
}

/** What a step of the SDK's gets and returns, as far as we look at it. */
type Step = (args: unknown) => Promise<{ readonly response: unknown }>;

/** Where a step goes: below the SDK's retries, or right after the response has arrived. */
const PLACES = {
  attempt: { name: 'attempt', step: 'finalizeRequest', priority: 'low' },
  response: { name: 'response', step: 'deserialize', priority: 'low' },
} as const;

/** Puts a step of ours around one of the SDK's. */
export function wrapStep(stacked: Stacked, place: keyof typeof PLACES, wrap: (next: Step) => Step): void {
  stacked.middlewareStack.add(wrap as never, PLACES[place] as never);
}

const NOTHING: Buffer = Buffer.from('{}');

/** Has a command keep the bytes of its answer and give the SDK an empty one to parse. The SDK still handles errors. */
export function keepAnswer(command: Stacked): () => Buffer {
  let answer = NOTHING;
  wrapStep(command, 'response', (next) => async (args) => {
    const result = await next(args);
    const response = result.response as { statusCode: number; body: Buffer };
    if (response.statusCode === 200) {
      answer = response.body;
      response.body = NOTHING;
    }
    return result;
  });
  return () => answer;
}
