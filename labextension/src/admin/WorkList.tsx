/** A live table of everybody's work with its filters above it, and its states beside the rows. */
import type { ReactNode } from 'react';
import type { IAccountWorkspace } from '../api/operating';
import type { AnyState } from '../api/types';
import { Button } from '../components/Button';
import { ListTable } from '../components/ListTable';
import { Empty } from '../components/Views';
import { useTrans } from '../components/context';
import type { IconName } from '../components/Icon';
import type { IColumn } from '../components/VirtualTable';
import type { IList } from '../stores/hooks';
import { isFiltered, NO_FILTERS, WorkFilters, type IWorkFilters } from './filters';

export interface IWorkListProps<T> {
  label: string;
  icon: IconName;
  /** What is said where there is none at all. */
  none: string;
  list: IList<T>;
  columns: readonly IColumn<T>[];
  states: readonly AnyState[];
  workspaces: readonly IAccountWorkspace[];
  filters: IWorkFilters;
  onFilters: (filters: IWorkFilters) => void;
  /** How many there are, in words. */
  count: (total: number) => string;
  /** A question that is open about a row. */
  children?: ReactNode;
}

export function WorkList<T extends { id: string }>(props: IWorkListProps<T>): React.JSX.Element {
  const { list, filters, onFilters } = props;
  return (
    <div className="gm-list">
      <WorkFilters
        filters={filters}
        states={props.states}
        workspaces={props.workspaces}
        count={list.state === 'ready' ? props.count(list.total) : null}
        onChange={onFilters}
      />
      <ListTable
        label={props.label}
        list={list}
        columns={props.columns}
        empty={
          isFiltered(filters) ? (
            <NoMatch onClear={() => onFilters(NO_FILTERS)} />
          ) : (
            <Empty icon={props.icon} title={props.none} />
          )
        }
      />
      {props.children}
    </div>
  );
}

function NoMatch(props: { onClear: () => void }): React.JSX.Element {
  const trans = useTrans();
  return (
    <Empty icon="search" title={trans.__('Nothing matches the filters.')}>
      <Button onClick={props.onClear}>{trans.__('Clear the filters')}</Button>
    </Empty>
  );
}
