/** Files with size and time. */
import type { IFile } from '../api/types';
import { Button } from './Button';
import { When } from './Pieces';
import { useTrans } from './context';
import { bytes } from './quantities';

export function FileTable(props: {
  label: string;
  files: readonly IFile[];
  /** False where the times of files say nothing: those of a sealed blob are fixed. */
  timed?: boolean;
  action?: (file: IFile) => React.JSX.Element;
  /** How many there are in all, and how to fetch more of them. */
  total?: number;
  more?: (() => Promise<void>) | null;
}): React.JSX.Element {
  const trans = useTrans();
  const timed = props.timed !== false && props.files.some(file => file.modifiedAt);
  const table = (
    <table className="gm-files" aria-label={props.label}>
      <thead>
        <tr>
          <th scope="col">{trans.__('File')}</th>
          <th scope="col" className="gm-end">
            {trans.__('Size')}
          </th>
          {timed && <th scope="col">{trans.__('Changed')}</th>}
          {props.action && (
            <th scope="col">
              <span className="gm-hidden">{trans.__('Actions')}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {props.files.map(file => (
          <tr key={file.path}>
            <td className="gm-file-name">{file.path}</td>
            <td className="gm-end gm-number-text">{bytes(file.size)}</td>
            {timed && <td>{file.modifiedAt ? <When at={file.modifiedAt} /> : '–'}</td>}
            {props.action && <td className="gm-end">{props.action(file)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
  return (
    <>
      {table}
      {props.more && (
        <p className="gm-more">
          <span className="gm-quiet">{trans.__('%1 of %2', props.files.length, props.total ?? 0)}</span>
          <Button onClick={props.more}>{trans.__('Show more')}</Button>
        </p>
      )}
    </>
  );
}
