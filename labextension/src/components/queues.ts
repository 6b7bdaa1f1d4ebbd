/** The two queues (RES-4): for quota, and within quota for resources. */
import type { IReason } from '../api/types';
import type { ITrans } from '../i18n/trans';

/** What something that is queued waits in; null where it waits for neither. */
export function queueWord(code: string, trans: ITrans): string | null {
  const words: Record<string, string> = {
    quota: trans.__('Quota queue'),
    resources: trans.__('Resource queue')
  };
  return words[code] ?? null;
}

/** What a preview's queue comes to, as one line. */
export function wouldQueue(
  queue: { reason: IReason | string | null; position: number | null },
  trans: ITrans
): string {
  const { reason, position } = queue;
  const known = typeof reason === 'string' ? { code: '', message: reason, detail: null } : reason;
  return [
    trans.__('It would queue'),
    known && (queueWord(known.code, trans) ?? known.message),
    known?.detail,
    position ? trans.__('position %1', position) : null
  ]
    .filter(Boolean)
    .join(' · ');
}
