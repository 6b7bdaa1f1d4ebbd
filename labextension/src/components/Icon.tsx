/** Line icons on a 16 px grid, in the colour of the text. They repeat what a word beside them says. */

const PATHS = {
  /** As wide as an icon. */
  none: '',
  running: 'M5.5 4v8l6.5-4z',
  queued: 'M4 2.5h8M4 13.5h8M5 2.5v2.2L8 8l3-3.3V2.5M5 13.5v-2.2L8 8l3 3.3v2.2',
  starting: 'M8 2.5a5.5 5.5 0 1 1-5.2 3.7',
  stopping: 'M8 2.5a5.5 5.5 0 1 0 5.2 3.7',
  stopped: 'M4.5 4.5h7v7h-7z',
  failed: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  succeeded: 'M3.5 8.5l3 3 6-7',
  plus: 'M8 3v10M3 8h10',
  check: 'M3.5 8.5l3 3 6-7',
  close: 'M4 4l8 8M12 4l-8 8',
  back: 'M9.5 3.5L5 8l4.5 4.5',
  forward: 'M6.5 3.5L11 8l-4.5 4.5',
  down: 'M3.5 6L8 10.5 12.5 6',
  menu: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4zM10.2 10.2l3.3 3.3',
  copy: 'M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2',
  download: 'M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10',
  upload: 'M8 11V3M4.5 6L8 2.5 11.5 6M3 13.5h10',
  wrap: 'M2.5 4h11M2.5 8h8.5a2 2 0 0 1 0 4H8M9.5 10.5L8 12l1.5 1.5M2.5 12h3',
  follow: 'M8 2.5v9M4.5 8L8 11.5 11.5 8M3 14h10',
  restart: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3',
  edit: 'M10.5 3l2.5 2.5-7.5 7.5H3v-2.5zM9 4.5L11.5 7',
  trash: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.5 9h6l.5-9',
  terminal: 'M2.5 3h11v10h-11zM4.5 6l2 2-2 2M8 10.5h3',
  chart: 'M2.5 2.5v11h11M5 10.5l2.5-3 2 1.5L13 4.5',
  notebook: 'M4 2.5h9v11H4zM4 2.5v11M2.5 5h1.5M2.5 8h1.5M2.5 11h1.5M7 5.5h3.5',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  person: 'M8 2.5a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2zM3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4',
  info: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM8 7.2v3.6M8 5.2v.01',
  warning: 'M8 2.5l6 11H2zM8 6.5v3.5M8 11.8v.01',
  data: 'M8 2.5c3 0 5 .8 5 2s-2 2-5 2-5-.8-5-2 2-2 5-2zM3 4.5v7c0 1.2 2 2 5 2s5-.8 5-2v-7M3 8c0 1.2 2 2 5 2s5-.8 5-2',
  model: 'M8 2l5 3v6l-5 3-5-3V5zM3 5l5 3 5-3M8 8v6',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  server: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  external: 'M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.5 2.5L7.5 8.5',
  clone: 'M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2M9 7.5v4M7 9.5h4',
  coin: 'M4 3l4 5 4-5M8 8v5.5M5 8.5h6M5 11h6'
} as const;

export type IconName = keyof typeof PATHS;

/** An icon that says nothing by itself to those who cannot see it: the control beside it has the words. */
export function Icon(props: { name: IconName; spin?: boolean }): React.JSX.Element {
  return (
    <svg
      className={props.spin ? 'gm-icon gm-icon-spin' : 'gm-icon'}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth={props.name === 'menu' ? 2.2 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[props.name]} />
    </svg>
  );
}
