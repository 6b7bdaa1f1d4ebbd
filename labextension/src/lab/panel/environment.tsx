/** This environment in the panel: state, use, mounts, price and cost. */
import type { ReactElement, ReactNode } from 'react';
import type { IEnvironment, IMount } from '../../api/types';
import { Icon, type IconName } from '../../components/Icon';
import { PlaceLink } from '../../components/Button';
import { CopyButton, Elapsed } from '../../components/Pieces';
import { ReasonLine, StateBadge } from '../../components/StateBadge';
import { Empty, Problem, Progress, Skeleton } from '../../components/Views';
import { useGemini, useTrans } from '../../components/context';
import { cards, cost, decimal, gigabytes, pricePerHour } from '../../components/quantities';
import type { IEnvironmentModel } from '../../tokens';
import { useEnvironment } from '../hooks';
import { Section } from './section';

export function EnvironmentSection({ model }: { model: IEnvironmentModel }): ReactElement {
  const trans = useTrans();
  const { phase, environment, error, costNow } = useEnvironment(model);
  let content: ReactElement;
  if (environment) {
    content = <Environment environment={environment} costNow={costNow} />;
  } else if (phase === 'failed' && error) {
    content = <Problem error={error} onRetry={() => model.load()} />;
  } else if (phase === 'absent') {
    content = (
      <Empty icon="server" title={trans.__('This JupyterLab is not an environment of the platform.')}>
        <HomeLink>{trans.__('Open an environment')}</HomeLink>
      </Empty>
    );
  } else {
    content = <Skeleton rows={5} />;
  }
  return <Section title={trans.__('This environment')}>{content}</Section>;
}

function Environment(props: { environment: IEnvironment; costNow: string }): ReactElement {
  const trans = useTrans();
  const { environment } = props;
  const { usage } = environment;
  return (
    <>
      <p className="gm-panel-name" title={environment.name}>
        {environment.name}
      </p>
      <p className="gm-panel-line">
        <StateBadge state={environment.state} reason={environment.reason} since={environment.stateSince} />
        {environment.startedAt && environment.state === 'running' && (
          <Elapsed start={environment.startedAt} end={null} />
        )}
      </p>
      {environment.reason && <ReasonLine reason={environment.reason} position={environment.position} />}
      <Meter word="CPU" value={usage?.cpu} max={environment.cpuCores} unit={trans.__('cores')} />
      <Meter word={trans.__('Memory')} value={usage?.memory} max={environment.memory} unit="GB" />
      {environment.gpuCount > 0 && (
        <p className="gm-panel-line">
          <span>GPU</span>
          <span>{cards(environment.gpuType, environment.gpuCount, trans)}</span>
        </p>
      )}
      <Mounts mounts={environment.mounts} />
      <p className="gm-panel-line">
        <span>{trans.__('Price')}</span>
        <span className="gm-number-text">{pricePerHour(environment.pricePerHour, trans)}</span>
      </p>
      <p className="gm-panel-line">
        <span>{trans.__('Cost so far')}</span>
        <span className="gm-number-text">{cost(props.costNow, trans)}</span>
      </p>
      <HomeLink icon="external">{trans.__('All environments')}</HomeLink>
    </>
  );
}

/** Leads to the hub's pages, where there is a hub. */
function HomeLink(props: { icon?: IconName; children: ReactNode }): ReactElement | null {
  const { href } = useGemini();
  const place = { to: 'home' } as const;
  return href(place) ? (
    <p>
      <PlaceLink place={place} icon={props.icon}>
        {props.children}
      </PlaceLink>
    </p>
  ) : null;
}

/** How much of something is used now. Its line stays where it is, whether the number is known or not. */
function Meter(props: { word: string; value: number | undefined; max: number; unit: string }): ReactElement {
  const { word, value, max, unit } = props;
  const used = value === undefined ? '–' : decimal(String(value), 1, 1);
  return (
    <div className="gm-meter">
      <span>{word}</span>
      <span className="gm-number-text">
        {used} / {unit === 'GB' ? gigabytes(max) : `${decimal(String(max), 0, 1)} ${unit}`}
      </span>
      <Progress label={word} value={value ?? 0} max={max} />
    </div>
  );
}

function Mounts({ mounts }: { mounts: readonly IMount[] }): ReactElement {
  const trans = useTrans();
  if (mounts.length === 0) {
    return <p className="gm-panel-quiet">{trans.__('No dataset or model is mounted.')}</p>;
  }
  return (
    <ul className="gm-mounts" aria-label={trans.__('Mounted data')}>
      {mounts.map(mount => (
        <li key={mount.path} title={`${mount.assetName} v${mount.versionNumber} · ${mount.path}`}>
          <Icon name={mount.kind === 'dataset' ? 'data' : 'model'} />
          <span className="gm-mount-name">
            {mount.assetName} <span className="gm-panel-quiet">v{mount.versionNumber}</span>
          </span>
          <code>{mount.path}</code>
          <CopyButton text={mount.path} label={trans.__('Copy the path %1', mount.path)} />
        </li>
      ))}
    </ul>
  );
}
