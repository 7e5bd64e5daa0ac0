import { identityOf, type Identity, type IdentityFacts, leftReasonOf, possibleMatchOf } from './identity.js';
import type { InboxType } from './inbox-type.js';
import { sourceIdIn } from './source-id.js';

/** Ids are text: they are 64-bit integers. */
export type Id = string;

/** A contact inbox of the source. */
export interface SourceBox extends IdentityFacts {
  readonly id: Id;
  readonly sourceId: string;
}

/** A contact inbox of the destination. */
export interface HeldBox {
  readonly id: Id;
  readonly contact: Id | null;
  readonly hasContact: boolean;
  readonly atStart: boolean;
}

export interface SourceTalk {
  readonly id: Id;
  readonly contact: Id | null;
  readonly box: Id | null;
}

/** A contact with everything that it has in the source; or rows without a contact. */
export interface Cluster {
  readonly contact: Id | null;
  readonly hasContact: boolean;
  readonly identifier: string | null;
  readonly phoneNumber: string | null;
  readonly boxes: readonly SourceBox[];
  readonly talks: readonly SourceTalk[];
  /** The contact's own contact inboxes in the destination. */
  readonly own: readonly HeldBox[];
  /** Not all of its conversations are in this batch: its contact inboxes stay in the source until the last of them is. */
  readonly isPartial: boolean;
}

export interface DecideOptions {
  readonly source: InboxType;
  readonly destination: InboxType;
  readonly possibleMatches: 'leave' | 'merge';
  mint(): string;
  /** Whether the destination has a contact inbox with this source id. */
  isTaken(sourceId: string): boolean;
  /** An id for a new contact inbox. */
  newId(): Id;
}

export interface Decided {
  readonly moves: { readonly id: Id; readonly source_id: string; readonly identity: Identity }[];
  readonly additions: {
    readonly id: Id;
    readonly contact_id: Id | null;
    readonly source_id: string;
    readonly identity: Identity;
  }[];
  /** Contact inboxes of the destination whose contact is gone, and the contacts that take them. */
  readonly adoptions: { readonly id: Id; readonly contact: Id }[];
  readonly collapses: Id[];
  readonly merges: { readonly gone: Id; readonly kept: Id }[];
  readonly conversations: {
    readonly id: Id;
    readonly wasContact: Id | null;
    readonly wasContactInbox: Id | null;
    readonly contact: Id | null;
    readonly contactInbox: Id | null;
  }[];
}

/**
 * Decides where each contact inbox and each conversation of a batch goes. Clusters are decided one after the other, and each sees what earlier ones
 * have brought to the destination.
 *
 * 1. A contact inbox whose identity the destination has collapses into the destination's. If their contacts differ, the source's contact is merged
 *    into the destination's.
 * 2. A possible match of an identity that the destination held at the start stays, or collapses in the same way if possible matches are to be merged.
 * 3. Any other one moves.
 * 4. A conversation goes where its contact inbox goes; one without a contact inbox of its own goes to its contact's, or to a new one.
 *
 * A contact inbox of the destination whose contact is gone is taken by the first contact of the source that has its identity. A contact is merged once. If its identities belong to several contacts of the destination, its conversations go to each of them, and they stay apart.
 *
 * @param held the destination's contact inboxes by identity; modified
 */
export function decide(
  clusters: readonly Cluster[],
  held: Map<string, HeldBox[]>,
  options: DecideOptions,
): Decided {
  const deciding = new Deciding(held, options);
  for (const cluster of clusters) deciding.cluster(cluster);
  return deciding.decided;
}

type Target = { readonly box: HeldBox } | 'left';

class Deciding {
  readonly decided: Decided = {
    ...{ moves: [], additions: [], adoptions: [], collapses: [], merges: [], conversations: [] },
  };
  private readonly kept = new Map<Id, Id>();

  constructor(
    private readonly held: Map<string, HeldBox[]>,
    private readonly options: DecideOptions,
  ) {}

  cluster(cluster: Cluster): void {
    const targets = new Map(cluster.boxes.map((box) => [box.id, this.boxOf(cluster, box)]));
    // If only some of a contact's conversations are in the batch, the contact is merged first; then they only need to be moved.
    if (cluster.isPartial && cluster.contact !== null && this.kept.has(cluster.contact)) return;
    for (const talk of cluster.talks) this.talk(cluster, talk, targets);
  }

  private boxOf(cluster: Cluster, box: SourceBox): Target {
    const { source, destination } = this.options;
    const identity = identityOf(source, box);
    if (identity === null || leftReasonOf(identity, destination) !== undefined) return 'left';
    const match = this.match(cluster, identity);
    if (match === 'left') return 'left';
    if (match !== undefined) {
      if (!cluster.isPartial) this.decided.collapses.push(box.id);
      return { box: this.mergedInto(cluster, match, identity) };
    }
    if (cluster.isPartial) return { box: this.add(cluster, identity) };
    const before = this.options.isTaken(box.sourceId) ? undefined : box.sourceId;
    const source_id = sourceIdIn(this.options, identity, before, this.options.mint);
    this.decided.moves.push({ id: box.id, source_id, identity });
    return { box: this.hold(box.id, cluster, identity) };
  }

  /** Undefined if the destination knows nobody like this. */
  private match(cluster: Cluster, identity: string): HeldBox | 'left' | undefined {
    const exact = this.held.get(identity);
    if (exact !== undefined && exact.length > 0) return this.best(cluster, exact);
    const other = possibleMatchOf(identity);
    const possible = (other === null ? [] : (this.held.get(other) ?? [])).filter(({ atStart }) => atStart);
    if (possible.length === 0) return undefined;
    return this.options.possibleMatches === 'leave' ? 'left' : this.best(cluster, possible);
  }

  /** The contact's own, else the first that has a contact. */
  private best({ contact }: Cluster, boxes: readonly HeldBox[]): HeldBox | undefined {
    const own = boxes.find((box) => contact !== null && this.resolve(box.contact) === this.resolve(contact));
    return own ?? boxes.find(({ hasContact }) => hasContact) ?? boxes[0];
  }

  private mergedInto({ contact, hasContact }: Cluster, match: HeldBox, identity: string): HeldBox {
    if (contact === null || !hasContact) return match;
    if (!match.hasContact) return this.adopt(match, this.resolve(contact) ?? contact, identity);
    const other = this.resolve(match.contact);
    if (other !== null && other !== contact && !this.kept.has(contact)) {
      this.kept.set(contact, other);
      this.decided.merges.push({ gone: contact, kept: other });
    }
    return match;
  }

  private adopt(box: HeldBox, contact: Id, identity: string): HeldBox {
    const adopted = { ...box, contact, hasContact: true };
    this.decided.adoptions.push({ id: box.id, contact });
    const others = (this.held.get(identity) ?? []).filter(({ id }) => id !== box.id);
    this.held.set(identity, [adopted, ...others]);
    return adopted;
  }

  private talk(cluster: Cluster, talk: SourceTalk, targets: ReadonlyMap<Id, Target>): void {
    const attached = talk.box === null ? undefined : targets.get(talk.box);
    const target = attached ?? (cluster.hasContact ? this.loose(cluster, targets) : undefined);
    if (target === 'left') return;
    const was = { id: talk.id, wasContact: talk.contact, wasContactInbox: talk.box };
    if (target === undefined) {
      this.decided.conversations.push({ ...was, contact: talk.contact, contactInbox: talk.box });
      return;
    }
    const contact = talk.contact === null ? null : (this.resolve(target.box.contact) ?? talk.contact);
    this.decided.conversations.push({ ...was, contact, contactInbox: target.box.id });
  }

  private looseTargets = new Map<Cluster, Target>();

  /** Where to put a conversation whose contact inbox is not its contact's in the source. */
  private loose(cluster: Cluster, targets: ReadonlyMap<Id, Target>): Target {
    const known =
      this.looseTargets.get(cluster) ?? [...targets.values()].find((each) => each !== 'left') ?? undefined;
    if (known !== undefined) return known;
    const target = this.newTarget(cluster);
    this.looseTargets.set(cluster, target);
    return target;
  }

  private newTarget(cluster: Cluster): Target {
    const [own] = cluster.own;
    if (own !== undefined) return { box: own };
    const { identifier, phoneNumber } = cluster;
    const identity = identityOf('evolution', { identifier, phoneNumber, sourceId: '' });
    if (identity === null || leftReasonOf(identity, this.options.destination) !== undefined) return 'left';
    const match = this.match(cluster, identity);
    if (match === 'left') return 'left';
    return {
      box: match === undefined ? this.add(cluster, identity) : this.mergedInto(cluster, match, identity),
    };
  }

  private add(cluster: Cluster, identity: string): HeldBox {
    const id = this.options.newId();
    const source_id = sourceIdIn(this.options, identity, undefined, this.options.mint);
    const contact_id = this.resolve(cluster.contact);
    this.decided.additions.push({ id, contact_id, source_id, identity });
    return this.hold(id, cluster, identity);
  }

  private hold(id: Id, { contact, hasContact }: Cluster, identity: string): HeldBox {
    const box: HeldBox = { id, contact: this.resolve(contact), hasContact, atStart: false };
    this.held.set(identity, [...(this.held.get(identity) ?? []), box]);
    return box;
  }

  /** The contact itself, or the one that it is merged into in this batch. */
  private resolve(contact: Id | null): Id | null {
    let found = contact;
    for (let next; found !== null && (next = this.kept.get(found)) !== undefined;) found = next;
    return found;
  }
}
