import { CREATE_FENCES } from '../../postgres/fence.js';
import { APPLY } from './apply.js';
import { IDENTITIES } from './identities.js';
import { JOURNAL } from './journal.js';
import { LATE } from './late.js';
import { MERGE } from './merge.js';
import { PLAN } from './plan.js';
import { PREVIEW } from './preview.js';
import { TABLES } from './tables.js';
import { UNDO } from './undo.js';
import { UNDO_BATCH } from './undo-batch.js';

/** What each version adds to the one before it. Once released, a version must not change. */
export const VERSIONS: readonly string[] = [
  [
    `${CREATE_FENCES};`,
    TABLES,
    IDENTITIES,
    JOURNAL,
    MERGE,
    PLAN,
    PREVIEW,
    APPLY,
    LATE,
    UNDO,
    UNDO_BATCH,
  ].join('\n'),
];
