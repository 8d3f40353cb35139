/**
 * The one transition of shards and attempts: pure, without clock, database or chance. Rules (SPEC.md):
 *
 * - L1 A shard counts from one attempt at most; only a verification that fails undoes that.
 * - L2 A shard can be leased while nobody holds it: not accepted, no live attempt. An attempt is live
 *   while it is active and its soft deadline has not passed.
 * - L3 Progress renews both deadlines of an attempt that holds its shard, or that takes it up again
 *   because nobody else does. Otherwise the lease is lost.
 * - L4 A valid result counts until the attempt's hard deadline, however late and whether or not the
 *   attempt was released, if no other came first. After the hard deadline it is refused.
 * - L5 Submitting the accepted attempt again is acknowledged again and changes nothing.
 * - L6 A valid result after another attempt's is superseded: acknowledged, not counted.
 * - L7 An invalid result ends its attempt; the shard is open again unless somebody else holds it.
 * - L8 The number of an attempt is of use to the device that holds it, and to no other.
 * - L9 A disconnect releases what its socket held, and nothing that was renewed since: the same
 *   device may have taken the attempt up again through another socket.
 * - L12 An attempt whose start did not stand up to verification is over, at no cost to its device.
 * - L10 What its runs stand on has left: every attempt that counts, or still could, is recalled, and none
 *   of them counts any more. Nobody is to blame.
 */

export interface Attempt {
  readonly number: number;
  readonly device: string;
  /**
   * `away`: released or vanished; its result may still come. `withdrawn`: it was accepted, and did not
   * stand up to verification. `undone`: what it went on from did not, which is no fault of its device.
   * `recalled`: it was accepted, and what it stood on left; `lapsed`: that left
   * before its result came.
   */
  readonly state:
    | 'active'
    | 'away'
    | 'accepted'
    | 'superseded'
    | 'invalid'
    | 'withdrawn'
    | 'undone'
    | 'recalled'
    | 'lapsed';
  /** Milliseconds of the coordinator's clock. */
  readonly softAt: number;
  readonly hardAt: number;
  /** Run-steps reported. */
  readonly done: number;
}

export interface Shard {
  /** Number of the accepted attempt; null while the shard waits for its result. */
  readonly accepted: number | null;
  readonly attempts: readonly Attempt[];
}

export interface Durations {
  readonly softMs: number;
  readonly hardMs: number;
}

export type ShardEvent =
  | ({ readonly kind: 'lease'; readonly device: string; readonly now: number } & Durations)
  | ({
      readonly kind: 'progress';
      readonly attempt: number;
      readonly device: string;
      readonly now: number;
      readonly done: number;
    } & Durations)
  | {
      readonly kind: 'release';
      readonly attempt: number;
      readonly device: string;
      /** Soft deadline that the vanished holder had set last; null if the device itself lets go. */
      readonly softAt: number | null;
    }
  | {
      readonly kind: 'submit';
      readonly attempt: number;
      readonly device: string;
      readonly now: number;
      readonly valid: boolean;
    }
  /** The accepted attempt did not stand up to verification. */
  | { readonly kind: 'withdraw'; readonly attempt: number; readonly device: string }
  /** What the attempt went on from did not stand up to verification (L12). */
  | { readonly kind: 'undo'; readonly attempt: number; readonly device: string }
  /** What its runs stand on has left. */
  | { readonly kind: 'recall' };

export type Outcome =
  | { readonly kind: 'leased'; readonly attempt: number; readonly softAt: number }
  | { readonly kind: 'renewed'; readonly softAt: number }
  | { readonly kind: 'released' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'already-accepted' }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'recalled' }
  | {
      readonly kind: 'refused';
      readonly reason: 'not-found' | 'lease-lost' | 'lease-expired' | 'invalid-result';
    };

export interface Transition {
  readonly shard: Shard;
  readonly outcome: Outcome;
}

export const newShard: Shard = { accepted: null, attempts: [] };

/** Whether the attempt holds its shard now (L2). */
export const isLive = (attempt: Attempt, now: number): boolean =>
  attempt.state === 'active' && now <= attempt.softAt;

/** Until when the shard is held; null if nobody holds it. */
export function heldUntil(shard: Shard): number | null {
  const active = shard.attempts.filter((a) => a.state === 'active').map((a) => a.softAt);
  return active.length === 0 ? null : Math.max(...active);
}

/** What the event makes of the shard, and the answer to whoever caused it. */
export function transition(shard: Shard, event: ShardEvent): Transition {
  if (event.kind === 'lease') return lease(shard, event);
  if (event.kind === 'recall') return recall(shard);
  const attempt = shard.attempts.find(
    (a) => a.number === event.attempt && a.device === event.device,
  );
  if (attempt === undefined) return refuse(shard, 'not-found');
  switch (event.kind) {
    case 'progress':
      return progress(shard, attempt, event);
    case 'release':
      return attempt.state === 'active' && (event.softAt ?? attempt.softAt) === attempt.softAt
        ? { shard: replace(shard, { ...attempt, state: 'away' }), outcome: { kind: 'released' } }
        : { shard, outcome: { kind: 'released' } };
    case 'submit':
      return submit(shard, attempt, event.now, event.valid);
    case 'withdraw':
      return withdraw(shard, attempt);
    case 'undo':
      return undo(shard, attempt);
  }
}

function lease(shard: Shard, event: Extract<ShardEvent, { kind: 'lease' }>): Transition {
  const { device, now, softMs, hardMs } = event;
  if (shard.accepted !== null || shard.attempts.some((a) => isLive(a, now))) {
    return refuse(shard, 'lease-lost');
  }
  const number = Math.max(0, ...shard.attempts.map((a) => a.number)) + 1;
  const attempt: Attempt = {
    ...{ number, device, state: 'active', done: 0 },
    ...{ softAt: now + softMs, hardAt: now + hardMs },
  };
  return {
    shard: { ...shard, attempts: [...shard.attempts, attempt] },
    outcome: { kind: 'leased', attempt: number, softAt: attempt.softAt },
  };
}

function progress(
  shard: Shard,
  attempt: Attempt,
  event: Extract<ShardEvent, { kind: 'progress' }>,
): Transition {
  const { now, softMs, hardMs, done } = event;
  const mayHold = attempt.state === 'active' || attempt.state === 'away';
  if (shard.accepted !== null || !mayHold) return refuse(shard, 'lease-lost');
  if (now > attempt.hardAt) return refuse(shard, 'lease-expired');
  if (shard.attempts.some((a) => a !== attempt && isLive(a, now)))
    return refuse(shard, 'lease-lost');
  const renewed: Attempt = {
    ...attempt,
    ...{ state: 'active', softAt: now + softMs, hardAt: now + hardMs },
    done: Math.max(done, attempt.done),
  };
  return {
    shard: replace(shard, renewed),
    outcome: { kind: 'renewed', softAt: renewed.softAt },
  };
}

function submit(shard: Shard, attempt: Attempt, now: number, valid: boolean): Transition {
  if (attempt.state === 'accepted') return { shard, outcome: { kind: 'already-accepted' } };
  if (attempt.state === 'superseded') return { shard, outcome: { kind: 'superseded' } };
  if (attempt.state === 'invalid' || attempt.state === 'withdrawn')
    return refuse(shard, 'invalid-result');
  if (attempt.state === 'undone') return refuse(shard, 'lease-lost');
  if (attempt.state === 'recalled' || attempt.state === 'lapsed')
    return refuse(shard, 'lease-lost');
  if (now > attempt.hardAt) return refuse(shard, 'lease-expired');
  if (!valid) {
    const ended = replace(shard, { ...attempt, state: 'invalid' });
    return refuse(ended, 'invalid-result');
  }
  if (shard.accepted !== null) {
    return {
      shard: replace(shard, { ...attempt, state: 'superseded' }),
      outcome: { kind: 'superseded' },
    };
  }
  const counted = replace(shard, { ...attempt, state: 'accepted' });
  return { shard: { ...counted, accepted: attempt.number }, outcome: { kind: 'accepted' } };
}

function withdraw(shard: Shard, attempt: Attempt): Transition {
  if (attempt.state !== 'accepted') return refuse(shard, 'lease-lost');
  const open = replace(shard, { ...attempt, state: 'withdrawn' });
  return { shard: { ...open, accepted: null }, outcome: { kind: 'withdrawn' } };
}

function undo(shard: Shard, attempt: Attempt): Transition {
  const { state } = attempt;
  if (state !== 'active' && state !== 'away' && state !== 'accepted')
    return refuse(shard, 'lease-lost');
  const without = replace(shard, { ...attempt, state: 'undone' });
  const accepted = state === 'accepted' ? null : shard.accepted;
  return { shard: { ...without, accepted }, outcome: { kind: 'withdrawn' } };
}

function recall(shard: Shard): Transition {
  const attempts = shard.attempts.map((a): Attempt => {
    if (a.state === 'accepted') return { ...a, state: 'recalled' };
    return a.state === 'active' || a.state === 'away' ? { ...a, state: 'lapsed' } : a;
  });
  return { shard: { accepted: null, attempts }, outcome: { kind: 'recalled' } };
}

function replace(shard: Shard, attempt: Attempt): Shard {
  const attempts = shard.attempts.map((a) => (a.number === attempt.number ? attempt : a));
  return { ...shard, attempts };
}

function refuse(shard: Shard, reason: Extract<Outcome, { kind: 'refused' }>['reason']): Transition {
  return { shard, outcome: { kind: 'refused', reason } };
}
