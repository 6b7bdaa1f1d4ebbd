/** An environment as a card (ENV-8): what it is, how it is, what it costs, and the ways into it (ENV-9). */
import { useState } from 'react';
import { asApiError, type ApiError } from '../api/errors';
import type { IEnvironment } from '../api/types';
import { Button, OutLink } from '../components/Button';
import { Menu, type IMenuItem } from '../components/Menu';
import { Badge, Elapsed, Steps, ZoneName } from '../components/Pieces';
import { ReasonLine, StateBadge } from '../components/StateBadge';
import { Problem } from '../components/Views';
import { useGemini, useTrans } from '../components/context';
import { useCostNow } from '../components/money';
import { cards, cores, cost, gigabytes, pricePerHour } from '../components/quantities';
import { EnvironmentQuestion, type Question } from './EnvironmentQuestion';
import { environmentPath, isIdle, isOnItsWay } from './environments';

export interface IEnvironmentCardProps {
  environment: IEnvironment;
  /** Whose it is, where it is not the reader's own. */
  owner?: string;
  zoneName?: string;
}

export function EnvironmentCard({ environment, owner, zoneName }: IEnvironmentCardProps): React.JSX.Element {
  const trans = useTrans();
  const [question, setQuestion] = useState<Question | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const image = environment.image;
  return (
    <article className="gm-card" aria-label={environment.name} data-id={environment.id}>
      <header className="gm-card-head">
        <h2 title={environment.name}>{environment.name}</h2>
        <Badge>{environment.type === 'notebook' ? 'Jupyter' : trans.__('Custom')}</Badge>
        {owner && <Badge>{owner}</Badge>}
        <span className="gm-spacer" />
        <CardMenu environment={environment} onAsk={setQuestion} />
      </header>
      <div className="gm-card-state">
        <p>
          <StateBadge state={environment.state} reason={environment.reason} since={environment.stateSince} />
          {environment.reason && environment.state === 'stopped' && (
            <span className="gm-quiet"> · {environment.reason.message}</span>
          )}
        </p>
        {environment.reason && environment.state !== 'running' && environment.state !== 'stopped' && (
          <ReasonLine reason={environment.reason} position={environment.position} />
        )}
      </div>
      {environment.state === 'starting' && environment.steps.length > 0 && (
        <Steps steps={environment.steps} />
      )}
      <p className="gm-card-facts">
        <ZoneName id={environment.availabilityZone} name={zoneName} /> · <span title={image}>{image}</span> ·{' '}
        {cards(environment.gpuType, environment.gpuCount, trans)}
      </p>
      <p className="gm-card-facts">
        {environment.projectName} · {cores(environment.cpuCores, trans)} · {gigabytes(environment.memory)}
      </p>
      <CardMoney environment={environment} />
      {environment.tags.length > 0 && (
        <p className="gm-card-tags">
          {environment.tags.map(tag => (
            <Badge key={tag}>{tag}</Badge>
          ))}
        </p>
      )}
      {error && <Problem error={error} />}
      <CardButtons environment={environment} onError={setError} />
      {question && (
        <EnvironmentQuestion
          question={question}
          environment={environment}
          onClose={() => setQuestion(null)}
        />
      )}
    </article>
  );
}

function CardMoney({ environment }: { environment: IEnvironment }): React.JSX.Element {
  const trans = useTrans();
  const amount = useCostNow(environment);
  return (
    <dl className="gm-card-money">
      <div>
        <dt>{trans.__('Uptime')}</dt>
        <dd>
          {environment.startedAt && environment.state === 'running' ? (
            <Elapsed start={environment.startedAt} end={null} />
          ) : (
            '–'
          )}
        </dd>
      </div>
      <div>
        <dt>{trans.__('Price')}</dt>
        <dd className="gm-number-text">{pricePerHour(environment.pricePerHour, trans)}</dd>
      </div>
      <div>
        <dt>{trans.__('Cost of this run')}</dt>
        <dd className="gm-number-text">{cost(amount, trans)}</dd>
      </div>
    </dl>
  );
}

/** The ways in while it runs; before that the one thing to do with it. */
function CardButtons(props: {
  environment: IEnvironment;
  onError: (error: ApiError | null) => void;
}): React.JSX.Element {
  const { api, trans } = useGemini();
  const { environment, onError } = props;
  const { url, terminalUrl, tensorboardUrl } = environment;
  const wish = async (verb: 'start' | 'stop'): Promise<void> => {
    onError(null);
    await api
      .post(environmentPath(environment.id, verb), {})
      .catch((problem: unknown) => onError(asApiError(problem)));
  };
  if (environment.state === 'running' && url) {
    return (
      <div className="gm-buttons">
        <OutLink kind="tinted" icon="notebook" href={url} newTab>
          JupyterLab
        </OutLink>
        {terminalUrl && (
          <OutLink kind="plain" icon="terminal" href={terminalUrl} newTab>
            {trans.__('Terminal')}
          </OutLink>
        )}
        {tensorboardUrl && (
          <OutLink kind="plain" icon="chart" href={tensorboardUrl} newTab>
            TensorBoard
          </OutLink>
        )}
      </div>
    );
  }
  return (
    <div className="gm-buttons">
      {isIdle(environment) && (
        <Button icon="running" onClick={() => wish('start')}>
          {trans.__('Start')}
        </Button>
      )}
      {isOnItsWay(environment) && (
        <Button icon="close" onClick={() => wish('stop')}>
          {trans.__('Cancel')}
        </Button>
      )}
    </div>
  );
}

function CardMenu(props: {
  environment: IEnvironment;
  onAsk: (question: Question) => void;
}): React.JSX.Element {
  const { trans, go } = useGemini();
  const { environment, onAsk } = props;
  const running = environment.state === 'running';
  const idle = isIdle(environment);
  const items: IMenuItem[] = [
    {
      label: trans.__('Submit training here'),
      icon: 'chart',
      disabled: !running,
      onSelect: () =>
        go({ to: 'training-create', preset: { environmentId: environment.id, launchMode: 'existing' } })
    },
    {
      label: trans.__('Change'),
      icon: 'edit',
      onSelect: () => go({ to: 'environment-edit', id: environment.id })
    },
    { label: trans.__('Restart'), icon: 'restart', disabled: !running, onSelect: () => onAsk('restart') },
    {
      label: trans.__('Stop'),
      icon: 'stopped',
      disabled: idle || environment.state === 'stopping',
      onSelect: () => onAsk('stop')
    },
    { label: trans.__('Delete'), icon: 'trash', danger: true, onSelect: () => onAsk('delete') }
  ];
  return <Menu label={trans.__('More for %1', environment.name)} icon="menu" items={items} />;
}
