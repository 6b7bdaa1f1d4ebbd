/** The one form of a state everywhere: a dot, an icon and a word, and its reason where there is one. */
import type { AnyState, IReason } from '../api/types';
import type { ITrans } from '../i18n/trans';
import { Icon, type IconName } from './Icon';
import { queueWord } from './queues';
import { useTrans } from './context';
import { exactTime } from './times';
import { useGemini } from './context';

type Tone = 'good' | 'busy' | 'waiting' | 'quiet' | 'bad';

const TONES: Record<AnyState, Tone> = {
  queued: 'waiting',
  allocating: 'busy',
  starting: 'busy',
  running: 'good',
  stopping: 'busy',
  stopped: 'quiet',
  succeeded: 'good',
  failed: 'bad'
};

const ICONS: Record<AnyState, IconName> = {
  queued: 'queued',
  allocating: 'starting',
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  succeeded: 'succeeded',
  failed: 'failed'
};

/** The word for a state. */
export function stateWord(state: AnyState, trans: ITrans): string {
  const words: Record<AnyState, string> = {
    queued: trans.__('Queued'),
    allocating: trans.__('Allocating'),
    starting: trans.__('Starting'),
    running: trans.__('Running'),
    stopping: trans.__('Stopping'),
    stopped: trans.__('Stopped'),
    succeeded: trans.__('Succeeded'),
    failed: trans.__('Failed')
  };
  return words[state];
}

/** The word for a state, of one that is queued the queue's (TRAIN-8). */
export function stateOrQueue(
  state: AnyState,
  reason: Pick<IReason, 'code'> | null | undefined,
  trans: ITrans
): string {
  return (state === 'queued' && reason && queueWord(reason.code, trans)) || stateWord(state, trans);
}

export interface IStateBadgeProps {
  state: AnyState;
  /** Why it is in this state; of one that is queued it says for what. */
  reason?: Pick<IReason, 'code'> | null;
  /** When the state was entered (ISO); shown exactly in the title. */
  since?: string | null;
}

export function StateBadge({ state, reason, since }: IStateBadgeProps): React.JSX.Element {
  const { trans, language } = useGemini();
  const tone = TONES[state];
  return (
    <span
      className={`gm-state gm-state-${tone}`}
      data-state={state}
      data-queue={state === 'queued' ? reason?.code : undefined}
      title={since ? trans.__('Since %1', exactTime(since, language)) : undefined}
    >
      <span className="gm-state-dot" aria-hidden="true" />
      <Icon name={ICONS[state]} spin={tone === 'busy'} />
      <span className="gm-state-word">{stateOrQueue(state, reason, trans)}</span>
    </span>
  );
}

/** Why it is in this state, and what to do about it. */
export function ReasonLine(props: { reason: IReason; position?: number | null }): React.JSX.Element {
  const trans = useTrans();
  const { reason, position } = props;
  return (
    <p className="gm-reason">
      <span className="gm-reason-what">
        {reason.message}
        {position ? ` · ${trans.__('Position %1 in the queue', position)}` : ''}
      </span>
      {reason.detail && reason.detail !== reason.message && (
        <span className="gm-reason-detail">{reason.detail}</span>
      )}
      {reason.remedy && <span className="gm-reason-remedy">{reason.remedy}</span>}
    </p>
  );
}
