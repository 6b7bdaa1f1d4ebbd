/** Limits of workspaces and persons on the wire, and in words and numbers (RES-4). */
import { path } from '../api/request';
import type { IQuotaLimits, IQuotaUse } from '../api/types';
import { cores, decimal, gigabytes } from '../components/quantities';
import type { ITrans } from '../i18n/trans';

export type Quantity = 'cpuCores' | 'memory' | 'gpuCount';

export const QUANTITIES: readonly Quantity[] = ['cpuCores', 'memory', 'gpuCount'];

/** What is held changes with these, many at once when much starts or ends. */
export const CHANGES: readonly string[] = ['dev-environment', 'training-task', 'limits', 'workspace'];
export const CALM = 500;

/** Whose limits: a workspace's, or those of one person in it. */
export interface IHolder {
  workspaceId: string;
  person?: string;
}

export function holderPath(holder: IHolder, what: 'limits' | 'usage'): string {
  const { workspaceId, person } = holder;
  return person === undefined
    ? path('workspaces', workspaceId, what)
    : path('workspaces', workspaceId, 'members', person, what);
}

export function quantityWord(quantity: Quantity, trans: ITrans): string {
  const words: Record<Quantity, string> = {
    cpuCores: trans.__('CPU'),
    memory: trans.__('Memory'),
    gpuCount: trans.__('GPU')
  };
  return words[quantity];
}

/** `4 cores`, `16 GB`, `2 cards`. */
export function amount(quantity: Quantity, value: number, trans: ITrans): string {
  switch (quantity) {
    case 'cpuCores':
      return cores(value, trans);
    case 'memory':
      return gigabytes(value);
    case 'gpuCount':
      return trans._n('%1 card', '%1 cards', value);
  }
}

/** The number alone, where its unit is said behind it. */
export function bare(value: number): string {
  return decimal(String(value), 0, 3);
}

/** More is held than may be: the limit was lowered below it. */
export function isOver(use: IQuotaUse, quantity: Quantity): boolean {
  const limit = use.limits[quantity];
  return limit !== null && use.held[quantity] > limit;
}

export type LimitTexts = Record<Quantity, string>;

/** Limits as they are typed: nothing is no limit. */
export function textsOf(limits: IQuotaLimits): LimitTexts {
  const text = (value: number | null): string => (value === null ? '' : String(value));
  return { cpuCores: text(limits.cpuCores), memory: text(limits.memory), gpuCount: text(limits.gpuCount) };
}

/** The limit that was typed; undefined where it is none. */
export function readLimit(quantity: Quantity, text: string): number | null | undefined {
  const typed = text.trim();
  if (typed === '') {
    return null;
  }
  const fits = quantity === 'gpuCount' ? /^\d{1,6}$/ : /^\d{1,6}(\.\d{1,3})?$/;
  return fits.test(typed) ? Number(typed) : undefined;
}
