/** The search attributes of workflows. Ids and words only: unlike summaries and details, they are never encrypted. */

/** `AccountId` holds the subject and `BrandId` the unit of any kind. */
export const SEARCH_ATTRIBUTES = {
  kind: { name: 'Kind', type: 'KEYWORD' },
  subject: { name: 'AccountId', type: 'KEYWORD' },
  unit: { name: 'BrandId', type: 'KEYWORD' },
  phase: { name: 'Phase', type: 'KEYWORD' },
  paused: { name: 'Paused', type: 'BOOL' },
} as const;

/** By name, as `temporal operator search-attribute create --type` accepts them. */
export const SEARCH_ATTRIBUTE_TYPES: Readonly<Record<string, 'Keyword' | 'Bool'>> = Object.fromEntries(
  Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, type === 'BOOL' ? 'Bool' : 'Keyword']),
);

export interface Labels {
  readonly kind: string;
  readonly subject: string;
  readonly unit?: string | undefined;
  readonly phase?: string | undefined;
  readonly paused?: boolean | undefined;
}

export type Label =
  | { readonly key: { readonly name: string; readonly type: 'KEYWORD' }; readonly value: string }
  | { readonly key: { readonly name: string; readonly type: 'BOOL' }; readonly value: boolean };

/** The labels as Temporal's options accept them. Labels cost nothing at a workflow's start; an upsert by the workflow is a billed action. */
export function labelsOf({ kind, subject, unit, phase, paused }: Labels): Label[] {
  const labels: Label[] = [
    { key: SEARCH_ATTRIBUTES.kind, value: kind },
    { key: SEARCH_ATTRIBUTES.subject, value: searchable(subject) },
  ];
  if (unit !== undefined) labels.push({ key: SEARCH_ATTRIBUTES.unit, value: searchable(unit) });
  if (phase !== undefined) labels.push({ key: SEARCH_ATTRIBUTES.phase, value: phase });
  if (paused !== undefined) labels.push({ key: SEARCH_ATTRIBUTES.paused, value: paused });
  return labels;
}

/** Cuts an id to the 255 characters of a search attribute in Temporal's databases. */
export function searchable(id: string): string {
  return id.length <= SEARCHABLE_LENGTH ? id : id.slice(0, SEARCHABLE_LENGTH).toWellFormed();
}
const SEARCHABLE_LENGTH = 255;
