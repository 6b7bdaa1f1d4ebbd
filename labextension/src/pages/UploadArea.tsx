/** Files by drag and drop or by choice, a few at a time, each with its bar. */
import { useCallback, useRef, useState, type DragEvent } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import { Button } from '../components/Button';
import { Icon } from '../components/Icon';
import { Problem, Progress } from '../components/Views';
import { useTrans } from '../components/context';
import { bytes } from '../components/quantities';
import { useUploads } from './uploads';

/** CAT-3: at most so many at a time, and each at most so large. */
const MOST_FILES = 50;
const LARGEST = 2 * 2 ** 30;
const TOGETHER = 3;

interface ISent {
  name: string;
  size: number;
  sent: number;
  error: ApiError | null;
}

export interface IUploadAreaProps {
  /** The API's path for a file's path in the draft. */
  path: (file: string) => string;
  onDone: () => void;
}

export function UploadArea(props: IUploadAreaProps): React.JSX.Element {
  const trans = useTrans();
  const { items, refused, send, cancel } = useSending(props);
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    send([...event.dataTransfer.files]);
  };
  return (
    <>
      <div
        className="gm-drop"
        data-over={over || undefined}
        onDragOver={event => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <Icon name="upload" />
        <p>{trans.__('Drop files here, or')}</p>
        <Button onClick={() => chooser.current?.click()}>{trans.__('Choose files')}</Button>
        <input
          ref={chooser}
          type="file"
          multiple
          className="gm-hidden"
          tabIndex={-1}
          aria-label={trans.__('Files to upload')}
          onChange={event => {
            send([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
        <p className="gm-quiet">{trans.__('At most %1 files at a time, 2 GB each.', MOST_FILES)}</p>
      </div>
      {refused && (
        <p className="gm-field-error" role="alert">
          <Icon name="warning" />
          {refused}
        </p>
      )}
      {items.length > 0 && (
        <ul className="gm-uploads" aria-label={trans.__('Uploads')}>
          {items.map(item => (
            <li key={item.name}>
              <span className="gm-file-name">{item.name}</span>
              <Progress label={item.name} value={item.sent} max={item.size} />
              <span className="gm-number-text">{`${bytes(item.sent)} / ${bytes(item.size)}`}</span>
              {item.error && <Problem error={item.error} />}
            </li>
          ))}
          <li>
            <Button onClick={cancel}>{trans.__('Cancel the uploads')}</Button>
          </li>
        </ul>
      )}
    </>
  );
}

interface ISending {
  items: readonly ISent[];
  refused: string | null;
  send: (files: File[]) => void;
  cancel: () => void;
}

function useSending({ path, onDone }: IUploadAreaProps): ISending {
  const trans = useTrans();
  const uploads = useUploads();
  const [items, setItems] = useState<readonly ISent[]>([]);
  const [refused, setRefused] = useState<string | null>(null);
  const stop = useRef<AbortController | null>(null);
  const mark = useCallback(
    (name: string, part: Partial<ISent>) =>
      setItems(before => before.map(item => (item.name === name ? { ...item, ...part } : item))),
    []
  );
  const sendOne = async (file: File, signal: AbortSignal): Promise<void> => {
    try {
      await uploads.upload(path(nameOf(file)), file, {
        signal,
        onProgress: sent => mark(nameOf(file), { sent })
      });
      setItems(before => before.filter(item => item.name !== nameOf(file)));
    } catch (problem) {
      if (!signal.aborted) {
        mark(nameOf(file), { error: asApiError(problem) });
      }
    }
  };
  const sendAll = async (files: File[]): Promise<void> => {
    const control = new AbortController();
    stop.current = control;
    setItems(files.map(file => ({ name: nameOf(file), size: file.size, sent: 0, error: null })));
    const waiting = [...files];
    const work = async (): Promise<void> => {
      for (let file = waiting.shift(); file && !control.signal.aborted; file = waiting.shift()) {
        await sendOne(file, control.signal);
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, work));
    onDone();
  };
  return {
    items,
    refused,
    send: files => {
      const large = files.find(file => file.size > LARGEST);
      if (files.length > MOST_FILES) {
        setRefused(trans.__('These are %1 files; send at most %2 at a time.', files.length, MOST_FILES));
      } else if (large) {
        setRefused(trans.__('%1 is larger than 2 GB.', large.name));
      } else if (files.length > 0) {
        setRefused(null);
        void sendAll(files);
      }
    },
    cancel: () => {
      stop.current?.abort();
      setItems([]);
    }
  };
}

function nameOf(file: File): string {
  return file.webkitRelativePath || file.name;
}
