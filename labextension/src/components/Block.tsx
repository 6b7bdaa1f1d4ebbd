/** A part of a page or a form, named by its title. */
import { useId, type ReactNode } from 'react';

export interface IBlockProps {
  title: string;
  /** What is done with it, beside its title. */
  beside?: ReactNode;
  children: ReactNode;
}

export function Block(props: IBlockProps): React.JSX.Element {
  const id = useId();
  const title = (
    <h2 className="gm-block-title" id={id}>
      {props.title}
    </h2>
  );
  return (
    <section className="gm-block" aria-labelledby={id}>
      {props.beside ? (
        <div className="gm-block-head">
          {title}
          {props.beside}
        </div>
      ) : (
        title
      )}
      {props.children}
    </section>
  );
}
