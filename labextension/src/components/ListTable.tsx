/** A live list as a table, or in its place what the list is: on its way, empty, failed. */
import type { ReactNode } from 'react';
import type { IList } from '../stores/hooks';
import { Problem, Skeleton } from './Views';
import { VirtualTable, type IColumn } from './VirtualTable';

export interface IListTableProps<T> {
  label: string;
  list: IList<T>;
  columns: readonly IColumn<T>[];
  /** What is said where there is nothing. */
  empty: ReactNode;
}

export function ListTable<T extends { id: string }>(props: IListTableProps<T>): React.JSX.Element {
  const { list } = props;
  return (
    <>
      {list.error && <Problem error={list.error} onRetry={list.reload} />}
      {list.state === 'loading' && <Skeleton rows={8} />}
      {list.state === 'ready' && list.rows.length === 0 && !list.error && props.empty}
      {list.rows.length > 0 && (
        <VirtualTable
          label={props.label}
          rows={list.rows}
          total={list.total}
          columns={props.columns}
          onEnd={list.more ? list.next : undefined}
        />
      )}
    </>
  );
}
