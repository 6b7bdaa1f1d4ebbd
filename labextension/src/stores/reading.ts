/** Lists longer than the server gives at once are read page by page. */
import type { IApi, IPage, Query } from '../api/request';

/** As many as the server gives at once. */
export const PAGE = 200;

/** The first `wanted` rows, or all where there are fewer. */
export async function readRows<T>(
  api: Pick<IApi, 'list'>,
  path: string,
  query: Query,
  wanted: number
): Promise<IPage<T>> {
  let page = await api.list<T>(path, { ...query, limit: Math.min(PAGE, wanted) });
  while (page.next !== null && page.data.length < wanted) {
    const limit = Math.min(PAGE, wanted - page.data.length);
    const following = await api.list<T>(path, { ...query, limit, cursor: page.next });
    page = { ...following, data: [...page.data, ...following.data] };
  }
  return page;
}
