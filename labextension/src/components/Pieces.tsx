/** Small things that many views show: badges, pairs of word and value, steps, durations, a copy button. */
import { useState, type MouseEvent, type ReactNode } from 'react';
import type { IStep } from '../api/types';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';
import { copyText } from './clipboard';
import { useNow } from './clock';
import { useGemini, useTrans } from './context';
import { duration, exactTime, secondsBetween, shortTime } from './times';

export function Badge(props: { tone?: 'accent' | 'good' | 'quiet'; children: ReactNode }): React.JSX.Element {
  return <span className={`gm-badge gm-badge-${props.tone ?? 'quiet'}`}>{props.children}</span>;
}

/** A zone's name behind its colour, which is the same wherever the zone is. */
export function ZoneName(props: { id: string; name?: string | null }): React.JSX.Element {
  const hue = Array.from(props.id).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % 6;
  return (
    <span className="gm-zone">
      <span className={`gm-zone-mark gm-zone-${hue}`} aria-hidden="true" />
      {props.name ?? props.id}
    </span>
  );
}

export type Pair = readonly [word: string, value: ReactNode] | null;

/** Words and their values, one pair a line. */
export function Pairs(props: { pairs: readonly Pair[] }): React.JSX.Element {
  return (
    <dl className="gm-pairs">
      {props.pairs.map(
        (pair, index) =>
          pair && (
            <div key={index}>
              <dt>{pair[0]}</dt>
              <dd>{pair[1]}</dd>
            </div>
          )
      )}
    </dl>
  );
}

/** How long something took, or has taken so far; the exact times are in the title. */
export function Elapsed(props: { start: string; end: string | null }): React.JSX.Element {
  const { language } = useGemini();
  const now = useNow(1);
  const title = [props.start, props.end]
    .filter(time => time !== null)
    .map(time => exactTime(time, language))
    .join(' – ');
  return (
    <time className="gm-number-text" title={title} dateTime={props.start}>
      {duration(secondsBetween(props.start, props.end, now), language)}
    </time>
  );
}

/** When something was. */
export function When(props: { at: string }): React.JSX.Element {
  const { language } = useGemini();
  const now = useNow(60);
  return (
    <time className="gm-number-text" dateTime={props.at} title={exactTime(props.at, language)}>
      {shortTime(props.at, language, now)}
    </time>
  );
}

const STEP_ICONS: Record<IStep['state'], IconName> = {
  waiting: 'queued',
  doing: 'starting',
  done: 'check',
  failed: 'failed'
};

/** What has been done of a start, what is being done, what comes. */
export function Steps(props: { steps: readonly IStep[] }): React.JSX.Element {
  const trans = useTrans();
  const words: Record<IStep['state'], string> = {
    waiting: trans.__('waiting'),
    doing: trans.__('in progress'),
    done: trans.__('done'),
    failed: trans.__('failed')
  };
  return (
    <ol className="gm-steps">
      {props.steps.map(step => (
        <li key={step.name} data-step={step.state} aria-current={step.state === 'doing' ? 'step' : undefined}>
          <Icon name={STEP_ICONS[step.state]} spin={step.state === 'doing'} />
          <span>{step.label ?? step.name}</span>
          <span className="gm-hidden">{words[step.state]}</span>
        </li>
      ))}
    </ol>
  );
}

/** Copies `text`, and says that it did, or could not. */
export function CopyButton(props: { text: string; label: string }): React.JSX.Element {
  const { trans, notify } = useGemini();
  const [done, setDone] = useState(false);
  const copy = async (event: MouseEvent<HTMLButtonElement>): Promise<void> => {
    if (await copyText(props.text, event.currentTarget)) {
      setDone(true);
      window.setTimeout(() => setDone(false), 2000);
    } else {
      notify({
        title: trans.__('It could not be copied.'),
        detail: trans.__('Select the text and copy it by hand.'),
        kind: 'warning'
      });
    }
  };
  return (
    <Button
      kind="quiet"
      icon={done ? 'check' : 'copy'}
      label={done ? trans.__('Copied') : props.label}
      onClick={copy}
    />
  );
}
