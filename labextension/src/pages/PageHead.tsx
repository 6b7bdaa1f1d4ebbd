/** What every page begins with. */
import type { ReactNode } from 'react';
import { PlaceLink } from '../components/Button';
import { useTrans, type Place } from '../components/context';

/** A page's title, the way back, and what to do on it. */
export function PageHead(props: {
  title: string;
  subtitle?: string;
  back?: Place;
  children?: ReactNode;
}): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="gm-page-head">
      {props.back && (
        <PlaceLink className="gm-back" icon="back" place={props.back}>
          {trans.__('Back')}
        </PlaceLink>
      )}
      <div className="gm-page-title">
        <h1>{props.title}</h1>
        {props.subtitle && <p>{props.subtitle}</p>}
      </div>
      {props.children && <div className="gm-buttons">{props.children}</div>}
    </div>
  );
}
