/** Cost that grows while something runs, without asking the server each minute. */
import { useState } from 'react';
import { useNow } from './clock';

const MINUTE = 60_000;

/** What `cost` has become since it was told, at `price` an hour, while `counting`. Display only: bills come from the ledger. */
export function useCostNow(cost: string, price: string, counting: boolean): string {
  const now = useNow(15);
  const [told, setTold] = useState({ cost, at: now });
  if (told.cost !== cost) {
    setTold({ cost, at: now });
  }
  if (!counting) {
    return cost;
  }
  const minutes = Math.max(0, Math.floor((now - told.at) / MINUTE));
  return String(Number(cost) + (Number(price) / 60) * minutes);
}
