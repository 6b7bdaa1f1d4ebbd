/** The status bar's item. */
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReactElement } from 'react';
import { cost, pricePerHour } from '../../components/quantities';
import { CommandIDs, type IEnvironmentModel, type IPlatform } from '../../tokens';
import { geminiIcon } from '../icons';
import { useEnvironment } from '../hooks';
import '../../../style/status.css';

export class CostItem extends ReactWidget {
  constructor(
    private readonly _commands: CommandRegistry,
    private readonly _platform: IPlatform,
    private readonly _environment: IEnvironmentModel
  ) {
    super();
    this.addClass('gm-status');
    this.addClass('jp-mod-highlighted');
  }

  protected override render(): ReactElement {
    return (
      <Cost
        model={this._environment}
        platform={this._platform}
        open={() => void this._commands.execute(CommandIDs.openPanel)}
      />
    );
  }
}

function Cost(props: {
  model: IEnvironmentModel;
  platform: IPlatform;
  open: () => void;
}): ReactElement | null {
  const { trans } = props.platform;
  const { environment, costNow } = useEnvironment(props.model);
  if (!environment) {
    return null;
  }
  const words = `${cost(costNow, trans)} · ${pricePerHour(environment.pricePerHour, trans)}`;
  return (
    <button
      type="button"
      className="gm-status-button"
      title={trans.__('Cost of this run so far and price per hour. Click for the Gemini panel.')}
      onClick={props.open}
    >
      <geminiIcon.react tag="span" className="gm-status-icon" width="14px" />
      <span>{words}</span>
    </button>
  );
}
