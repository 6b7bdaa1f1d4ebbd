/** TensorBoard in a frame: it says that it starts, and why it did not. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { useEffect, useState, type ReactElement } from 'react';
import { ApiError, asApiError } from '../../api/errors';
import { Problem, Skeleton } from '../../components/Views';
import type { ITrans } from '../../i18n/trans';
import { inLab, type ILab } from '../gemini';

/** The tab's content. */
export function makeTensorBoard(lab: ILab, settings: ServerConnection.ISettings): ReactElement {
  return inLab(lab, <TensorBoard settings={settings} trans={lab.platform.trans} />);
}

/** The proxy starts TensorBoard with the first request and answers when it is there, or why it is not. */
async function begin(address: string, settings: ServerConnection.ISettings, trans: ITrans): Promise<void> {
  const response = await ServerConnection.makeRequest(address, { cache: 'no-cache' }, settings);
  if (!response.ok) {
    throw new ApiError({
      name: 'tensorboard-failed',
      field: null,
      message: trans.__('TensorBoard did not start.'),
      remedy: trans.__(
        'Try again. If it stays so, see whether the environment has memory left and TensorBoard is installed.'
      ),
      requestId: response.headers.get('X-Request-Id'),
      status: response.status
    });
  }
}

function TensorBoard(props: { settings: ServerConnection.ISettings; trans: ITrans }): ReactElement {
  const { settings, trans } = props;
  const address = URLExt.join(settings.baseUrl, 'gemini-tensorboard/');
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<'starting' | 'opening' | 'open' | ApiError>('starting');
  useEffect(() => {
    let wanted = true;
    begin(address, settings, trans).then(
      () => wanted && setState('opening'),
      (problem: unknown) => wanted && setState(asApiError(problem))
    );
    return () => {
      wanted = false;
    };
  }, [address, settings, trans, attempt]);
  const retry = (): void => {
    setState('starting');
    setAttempt(attempt + 1);
  };
  if (state instanceof ApiError) {
    return (
      <div className="gm-tab-page">
        <Problem error={state} onRetry={retry} />
      </div>
    );
  }
  return (
    <div className="gm-frame-tab">
      {state !== 'open' && (
        <div className="gm-tab-page">
          <p>{trans.__('TensorBoard starts. The first time takes some seconds.')}</p>
          <Skeleton rows={6} />
        </div>
      )}
      {state !== 'starting' && (
        <iframe
          title="TensorBoard"
          src={address}
          data-open={state === 'open' || undefined}
          onLoad={() => setState('open')}
        />
      )}
    </div>
  );
}
