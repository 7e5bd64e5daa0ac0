import { count } from '../../engine/terminal/words.js';
import type { FollowingProgress } from './model.js';

/** `3 added, 1 changed, 1 removed` */
export function changesInWords({
  added,
  changed,
  removed,
}: Pick<FollowingProgress, 'added' | 'changed' | 'removed'>): string {
  return `${count(added)} added, ${count(changed)} changed, ${count(removed)} removed`;
}

/** `by stream`, `by polling` */
export function followedBy(by: FollowingProgress['by']): string {
  return by === 'stream' ? 'by stream' : 'by polling';
}

/** `Following by stream: 3 added, 1 changed, 1 removed, 2 s behind` */
export function followingInWords(following: FollowingProgress): string {
  const { by, secondsBehind, state } = following;
  const changes = `${followedBy(by)}: ${changesInWords(following)}`;
  if (state === 'ended') return `Followed ${changes}`;
  if (state === 'finishing') return `Following ${changes}; last verification runs`;
  return `Following ${changes}${secondsBehind === null ? '' : `, ${count(secondsBehind)} s behind`}`;
}
