/** What is held against limits, as pictures: a bar for each limit, a plain number where there is none. */
import type { IQuotaUse } from '../api/types';
import { Icon } from '../components/Icon';
import { useTrans } from '../components/context';
import type { ITrans } from '../i18n/trans';
import { amount, bare, isOver, QUANTITIES, quantityWord, type Quantity } from './quota';

export function UsageBars({ use }: { use: IQuotaUse }): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="gm-usage">
      {QUANTITIES.map(quantity => (
        <Bar key={quantity} use={use} quantity={quantity} />
      ))}
      {use.queued.count > 0 && (
        <p className="gm-usage-queued">
          <Icon name="queued" />
          {trans._n('%1 waits: %2', '%1 wait: %2', use.queued.count, waiting(use, trans))}
        </p>
      )}
    </div>
  );
}

function waiting(use: IQuotaUse, trans: ITrans): string {
  return QUANTITIES.filter(quantity => use.queued[quantity] > 0)
    .map(quantity => `${quantityWord(quantity, trans)} ${amount(quantity, use.queued[quantity], trans)}`)
    .join(' · ');
}

/** One of them. More than the limit is told by a word as well as by colour. */
function Bar({ use, quantity }: { use: IQuotaUse; quantity: Quantity }): React.JSX.Element {
  const trans = useTrans();
  const held = use.held[quantity];
  const limit = use.limits[quantity];
  const word = quantityWord(quantity, trans);
  const over = isOver(use, quantity);
  const told =
    limit === null
      ? trans.__('%1 · no limit', amount(quantity, held, trans))
      : trans.__('%1 of %2', bare(held), amount(quantity, limit, trans));
  return (
    <div className="gm-usage-bar" data-quantity={quantity} data-over={over || undefined}>
      <span>{word}</span>
      <span className="gm-number-text">
        {told}
        {over && ` · ${trans.__('over the limit')}`}
      </span>
      {limit === null ? (
        <span className="gm-usage-open" aria-hidden="true" />
      ) : (
        <span
          className="gm-progress"
          role="meter"
          aria-label={word}
          aria-valuemin={0}
          aria-valuemax={Math.max(limit, held)}
          aria-valuenow={held}
          aria-valuetext={told}
        >
          <span style={{ inlineSize: `${partOf(held, limit) * 100}%` }} />
        </span>
      )}
    </div>
  );
}

function partOf(held: number, limit: number): number {
  return held === 0 ? 0 : Math.min(1, held / limit);
}
