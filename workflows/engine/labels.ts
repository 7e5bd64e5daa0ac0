import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { type Labels, SEARCH_ATTRIBUTES, labelsOf } from '../../domain/engine/labels.js';

/** Each upsert is a billed action: only what differs is set, all of it at once. Not labelled as paused means not paused. */
export function label(labels: Labels): void {
  const present = workflowInfo().typedSearchAttributes;
  const changed = labelsOf(labels).filter(({ key, value }) => {
    const unset = key.name === SEARCH_ATTRIBUTES.paused.name ? false : undefined;
    return (present.get(key) ?? unset) !== value;
  });
  if (changed.length > 0) upsertSearchAttributes(changed);
}
