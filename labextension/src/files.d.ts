/** Files that the bundlers turn into values. */
declare module '*.svg' {
  const text: string;
  export default text;
}

declare module '*/zh_CN.json' {
  const messages: Record<string, string | string[]>;
  export default messages;
}
