/** How every part of the platform is and what to do, as it changes. */
import type { ApiError } from '../api/errors';
import type { Health, IPart, IPlatform } from '../api/operating';
import { Icon, type IconName } from '../components/Icon';
import { Pairs } from '../components/Pieces';
import { Problem, Skeleton } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { exactTime } from '../components/times';
import type { ITrans } from '../i18n/trans';
import { useHealth } from './health';

const TONES: Record<Health, string> = { ok: 'good', unknown: 'quiet', warning: 'waiting', failed: 'bad' };
const ICONS: Record<Health, IconName> = {
  ok: 'succeeded',
  unknown: 'info',
  warning: 'warning',
  failed: 'failed'
};

export function AdminHealth(): React.JSX.Element {
  const { report, error } = useHealth();
  return (
    <div className="gm-health">
      {error && <Lost error={error} />}
      {!report && !error && <Skeleton rows={8} />}
      {report && <Summary report={report} stale={error !== null} />}
      {report && (
        <ul className="gm-health-parts" data-stale={error !== null || undefined}>
          {report.parts.map(part => (
            <Part key={part.name} part={part} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** The platform cannot be asked at all: what that means and where to look. */
function Lost({ error }: { error: ApiError }): React.JSX.Element {
  const trans = useTrans();
  return (
    <>
      <Problem error={error} />
      <Prose
        className="gm-health-remedy"
        text={trans.__(
          'On the machine of the platform: `gemini up` starts again what has ended. If this stays, read logs/proxy.log, logs/hub.log and logs/control.log in the platform’s folder. This page goes on by itself.'
        )}
      />
    </>
  );
}

function Summary({ report, stale }: { report: IPlatform; stale: boolean }): React.JSX.Element {
  const { trans, language } = useGemini();
  const troubled = report.parts.filter(part => part.state === 'failed' || part.state === 'warning').length;
  const said =
    troubled === 0
      ? trans.__('Everything is well.')
      : trans._n('%1 part needs attention.', '%1 parts need attention.', troubled);
  return (
    <p className="gm-health-summary" role="status">
      <strong>{stale ? trans.__('This was the last answer.') : said}</strong>{' '}
      <span className="gm-quiet gm-number-text">
        {trans.__('Looked at %1 · Gemini %2', exactTime(report.at, language), report.version)}
      </span>
    </p>
  );
}

function Part({ part }: { part: IPart }): React.JSX.Element {
  const trans = useTrans();
  const id = `gm-part-${part.name}`;
  return (
    <li className="gm-health-part" aria-labelledby={id} data-part={part.name} data-state={part.state}>
      <div className="gm-health-head">
        <h2 id={id}>{part.title}</h2>
        <HealthBadge state={part.state} />
      </div>
      <div className="gm-health-body">
        <Prose text={part.message} />
        {part.remedy && <Prose className="gm-health-remedy" text={part.remedy} />}
        {part.detail && (
          <details>
            <summary>{trans.__('Details')}</summary>
            <pre>{part.detail}</pre>
          </details>
        )}
      </div>
      <Pairs pairs={part.facts.map(fact => [fact.label, fact.value])} />
    </li>
  );
}

/** A sentence; what stands between backticks is to be typed. */
function Prose(props: { text: string; className?: string }): React.JSX.Element {
  return (
    <p className={props.className}>
      {props.text.split('`').map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}
    </p>
  );
}

/** The form of a state: dot, icon, word. */
function HealthBadge({ state }: { state: Health }): React.JSX.Element {
  const trans = useTrans();
  return (
    <span className={`gm-state gm-state-${TONES[state]}`} data-state={state}>
      <span className="gm-state-dot" aria-hidden="true" />
      <Icon name={ICONS[state]} />
      <span className="gm-state-word">{healthWord(state, trans)}</span>
    </span>
  );
}

function healthWord(state: Health, trans: ITrans): string {
  const words: Record<Health, string> = {
    ok: trans.__('Well'),
    unknown: trans.__('Unknown'),
    warning: trans.__('Needs attention'),
    failed: trans.__('Broken')
  };
  return words[state];
}
