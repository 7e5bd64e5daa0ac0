import type { FollowingFacts } from '../../../gateways/store/conversations/streams/following-facts.js';
import type { MigrationView } from '../schemas/migrations.js';

/** The operators' view of following. */
export function followingView(facts: FollowingFacts): MigrationView['following'] {
  const { by, since, until, lagSeconds, added, changed, removed, lastAt, finishing } = facts;
  return {
    by,
    since: since?.toISOString() ?? null,
    until: until?.toISOString() ?? null,
    lag_seconds: lagSeconds === null ? null : Math.round(lagSeconds),
    added,
    changed,
    removed,
    last_at: lastAt?.toISOString() ?? null,
    finishing: finishing && {
      reason: finishing.reason,
      by: finishing.by,
      since: finishing.since,
      open_ports: finishing.openPorts ?? null,
    },
    note: noteOf(facts),
  };
}

function noteOf({ isDump, by, byReason }: FollowingFacts): string | null {
  if (isDump) return 'The messages come from a dump, which cannot be followed.';
  return by === 'poll'
    ? `It is polled, since it cannot be followed by streams. ${byReason ?? ''}`.trimEnd()
    : null;
}
