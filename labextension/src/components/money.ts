/** Cost that grows while something runs, without asking the server each minute. */
import type { AnyState } from '../api/types';
import { heardAt, useNow } from './clock';

const MINUTE = 60_000;
/** States in which something holds resources that cost. */
const CHARGED: ReadonlySet<AnyState> = new Set(['allocating', 'starting', 'running', 'stopping']);
/** On a cluster nothing is charged in these before there is a node; then the first minute is, at once. */
const COMING: ReadonlySet<AnyState> = new Set(['allocating', 'starting']);

export interface IPriced {
  state: AnyState;
  cost: string;
  pricePerHour: string;
}

/** What it costs `later` milliseconds after it was told: each whole minute adds a sixtieth of the price per hour. */
export function costLater({ state, cost, pricePerHour }: IPriced, later: number): string {
  const counting = CHARGED.has(state) && !(COMING.has(state) && Number(cost) === 0);
  const minutes = counting ? Math.max(0, Math.floor(later / MINUTE)) : 0;
  return minutes > 0 ? String(Number(cost) + (Number(pricePerHour) / 60) * minutes) : cost;
}

/** What it has cost until now. Display only: bills come from the ledger. */
export function useCostNow(thing: IPriced): string {
  return costLater(thing, useNow(15) - heardAt(thing));
}
