const LIMIT = /"Limit":\d{2,}/;

/** Whether a request to DynamoDB is for a batch's page. Others look for the oldest key, or sample keys for an estimate. */
export function isPage(body: string): boolean {
  return LIMIT.test(body) && !body.includes('"ProjectionExpression"');
}

/** The same request, for a page of so many records. */
export function withPageOf(records: number): (body: string) => string {
  return (body) => (isPage(body) ? body.replace(LIMIT, `"Limit":${records}`) : body);
}
