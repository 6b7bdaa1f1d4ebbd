/** Files by drag and drop or by choice, a few at a time, each with its bar. */
import { useRef, useState, useSyncExternalStore, type DragEvent } from 'react';
import { Button } from '../components/Button';
import { Icon } from '../components/Icon';
import { Problem, Progress } from '../components/Views';
import { useTrans } from '../components/context';
import { bytes } from '../components/quantities';
import { nameOf, UploadQueue, type ISent } from './uploading';
import { useUploads } from './uploads';

/** CAT-3: at most so many at a time, and each at most so large. */
const MOST_FILES = 50;
const LARGEST = 2 * 2 ** 30;

export interface IUploadAreaProps {
  /** The API's path for a file's path in the draft. */
  path: (file: string) => string;
  onDone: () => void;
}

export function UploadArea(props: IUploadAreaProps): React.JSX.Element {
  const trans = useTrans();
  const { items, refused, refuse, send, cancel } = useSending(props);
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const folder = [...event.dataTransfer.items]
      .map(item => item.webkitGetAsEntry())
      .find(entry => entry?.isDirectory);
    if (folder) {
      refuse(trans.__('%1 is a folder; send the files in it.', folder.name));
    } else {
      send([...event.dataTransfer.files]);
    }
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
            <li key={item.key}>
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
  refuse: (why: string) => void;
  send: (files: File[]) => void;
  cancel: () => void;
}

function useSending({ path, onDone }: IUploadAreaProps): ISending {
  const trans = useTrans();
  const uploads = useUploads();
  const [queue] = useState(() => new UploadQueue());
  const items = useSyncExternalStore(queue.subscribe, queue.snapshot);
  const [refused, setRefused] = useState<string | null>(null);
  return {
    items,
    refused,
    refuse: setRefused,
    send: files => {
      const large = files.find(file => file.size > LARGEST);
      const together = files.length + queue.open;
      if (together > MOST_FILES) {
        setRefused(trans.__('These are %1 files; send at most %2 at a time.', together, MOST_FILES));
      } else if (large) {
        setRefused(trans.__('%1 is larger than 2 GB.', large.name));
      } else if (files.length > 0) {
        setRefused(null);
        void queue.add(files, (file, watch) => uploads.upload(path(nameOf(file)), file, watch)).then(onDone);
      }
    },
    cancel: () => queue.cancel()
  };
}
