import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { type Labels, SEARCH_ATTRIBUTES, labelsOf } from '../../domain/engine/web-ui/labels.js';

/** Each upsert is a billed action, so sets only the differences, all at once. A missing `Paused` means not paused. */
export function label(labels: Labels): void {
  const present = workflowInfo().typedSearchAttributes;
  const changed = labelsOf(labels).filter(({ key, value }) => {
    const unset = key.name === SEARCH_ATTRIBUTES.paused.name ? false : undefined;
    return (present.get(key) ?? unset) !== value;
  });
  if (changed.length > 0) upsertSearchAttributes(changed);
}
