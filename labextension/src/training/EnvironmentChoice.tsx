/** Which running environment: a list that keeps itself true, can be filtered and sorted, and shows how busy each is. */
import { useCallback, useState } from 'react';
import { RESET, type IEvent } from '../api/events';
import type { IEnvironment, IUsage } from '../api/types';
import { DropDown } from '../components/DropDown';
import { Button } from '../components/Button';
import { ChoiceGroup, type IChoice } from '../components/Choice';
import { StateBadge } from '../components/StateBadge';
import { Badge } from '../components/Pieces';
import { useGemini, useTrans } from '../components/context';
import { cards, cores, decimal, gigabytes } from '../components/quantities';
import { useEvents } from '../stores/hooks';
import type { ITrans } from '../i18n/trans';
import type { IResourcesSectionProps } from './section';

const FILTER_FROM = 4;

type Order = 'started' | 'name' | 'load';

export function EnvironmentChoice({
  draft,
  change,
  error,
  running
}: IResourcesSectionProps): React.JSX.Element {
  const { trans, ownEnvironmentId } = useGemini();
  const usage = useUsage();
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState<Order>('started');
  const wanted = filter.trim().toLowerCase();
  const shown = running
    .filter(one => [one.name, one.projectName, ...one.tags].some(text => text.toLowerCase().includes(wanted)))
    .map(one => ({ ...one, usage: usage.get(one.id) ?? one.usage }))
    .sort(ORDERS[order]);
  const choices = shown.map(one => choiceOf(one, one.id === ownEnvironmentId, trans));
  return (
    <div className="gm-environment-choice">
      {(running.length >= FILTER_FROM || filter !== '') && (
        <FilterLine filter={filter} order={order} onFilter={setFilter} onOrder={setOrder} />
      )}
      <ChoiceGroup
        label={trans.__('Development environment')}
        name="environmentId"
        look="rows"
        required
        value={draft.environmentId}
        error={error('environmentId')}
        choices={choices}
        onChange={environmentId => change({ environmentId })}
      >
        {shown.length === 0 && <p className="gm-quiet">{trans.__('Nothing matches the filter.')}</p>}
        {draft.environmentId && (
          <Button
            kind="quiet"
            icon="close"
            onClick={() => change({ environmentId: '', datasets: draft.datasets, models: draft.models })}
          >
            {trans.__('Clear the choice')}
          </Button>
        )}
      </ChoiceGroup>
    </div>
  );
}

const load = (one: IEnvironment): number => (one.usage ? one.usage.cpu / Math.max(one.cpuCores, 0.1) : 0);

const ORDERS: Record<Order, (one: IEnvironment, other: IEnvironment) => number> = {
  started: () => 0,
  name: (one, other) => one.name.localeCompare(other.name),
  load: (one, other) => load(one) - load(other)
};

function choiceOf(one: IEnvironment, own: boolean, trans: ITrans): IChoice {
  const facts = [
    one.projectName,
    cards(one.gpuType, one.gpuCount, trans),
    cores(one.cpuCores, trans),
    gigabytes(one.memory)
  ];
  const used = one.usage && [
    trans.__('CPU %1%', Math.round(load(one) * 100)),
    trans.__('memory %1 of %2', decimal(String(one.usage.memory), 1, 1), gigabytes(one.memory))
  ];
  return {
    value: one.id,
    title: one.name,
    badge: (
      <>
        {own && <Badge tone="accent">{trans.__('This environment')}</Badge>}
        <StateBadge state={one.state} since={one.stateSince} />
      </>
    ),
    detail: (
      <>
        <span>{facts.join(' · ')}</span>
        {used && <span className="gm-number-text">{used.join(' · ')}</span>}
        {one.health === 'unknown' && <span>{trans.__('JupyterLab does not answer')}</span>}
      </>
    )
  };
}

function FilterLine(props: {
  filter: string;
  order: Order;
  onFilter: (filter: string) => void;
  onOrder: (order: Order) => void;
}): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="gm-filterline">
      <input
        className="gm-input"
        type="search"
        value={props.filter}
        placeholder={trans.__('Filter environments')}
        aria-label={trans.__('Filter environments')}
        onChange={event => props.onFilter(event.target.value)}
      />
      <DropDown
        aria-label={trans.__('Sort environments')}
        value={props.order}
        onChange={event => props.onOrder(event.target.value as Order)}
      >
        <option value="started">{trans.__('Newest first')}</option>
        <option value="name">{trans.__('By name')}</option>
        <option value="load">{trans.__('Least busy first')}</option>
      </DropDown>
    </div>
  );
}

/** The newest usage of each environment that was heard of. */
export function useUsage(): ReadonlyMap<string, IUsage> {
  const [usage, setUsage] = useState<ReadonlyMap<string, IUsage>>(new Map());
  const onUsage = useCallback((event: IEvent) => {
    if (event.kind !== RESET && event.id) {
      const id = event.id;
      setUsage(before => new Map(before).set(id, event.data as IUsage));
    }
  }, []);
  useEvents('usage', onUsage);
  return usage;
}
